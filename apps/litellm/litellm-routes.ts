import { badInput, type DefinedRoute, type RenderContext } from '@ai-stack/core';
import { publicHostOf } from '@ai-stack/render';

/**
 * The headers in which clients send a key: those of OpenAI's API, and those of Anthropic's. Its form only chooses the
 * router: LiteLLM checks the key itself.
 */
const hasKey = [
  'HeaderRegexp(`Authorization`, `^Bearer sk-`)',
  'HeaderRegexp(`X-Api-Key`, `^sk-`)',
];

/** Who may call with a key instead of a login gets a router of its own, above the one with the login. */
export function litellmRoutes({
  environment,
  contract,
  options,
}: RenderContext<{ forwardAuth: boolean }>): DefinedRoute[] {
  const host = `Host(\`${publicHostOf(environment, contract)}\`)`;
  const login: DefinedRoute = {
    name: 'litellm',
    rule: host,
    port: 4000,
    sso: options.forwardAuth,
  };
  const { apiAccess, lanRanges } = environment.ingress;
  if (apiAccess === 'off') return [login];
  if (apiAccess === 'lan' && lanRanges.length === 0) {
    throw badInput('apiAccess is lan but lanRanges is empty', {
      where: {
        environment: environment.name,
        file: `libs/inventory/environments/${environment.name}/ingress.yaml`,
        key: 'lanRanges',
      },
      fix: 'list the source ranges, such as 10.2.0.0/16',
    });
  }
  const withKey: DefinedRoute = {
    name: 'litellm-api',
    rule: `${host} && PathPrefix(\`/v1/\`) && (${hasKey.join(' || ')})`,
    priority: 200,
    port: 4000,
    sso: false,
    allowRanges: apiAccess === 'lan' ? [...lanRanges].sort() : [],
    rateLimit: { average: 20, burst: 60 },
  };
  return [login, withKey];
}
