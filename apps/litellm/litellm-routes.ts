import { badInput, type RenderContext, type Route } from '@ai-stack/core';
import { publicHostOf } from '@ai-stack/render';

/** Who may call with a key instead of a login gets a router of its own, above the one with the login. */
export function litellmRoutes({ environment, contract }: RenderContext): Route[] {
  const host = `Host(\`${publicHostOf(environment, contract)}\`)`;
  const login: Route = {
    name: 'litellm',
    rule: host,
    priority: 100,
    port: 4000,
    sso: true,
    allowRanges: [],
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
  const withKey: Route = {
    name: 'litellm-api',
    // The form of the key only chooses the router: LiteLLM checks the key itself.
    rule: `${host} && PathPrefix(\`/v1/\`) && HeaderRegexp(\`Authorization\`, \`^Bearer sk-\`)`,
    priority: 200,
    port: 4000,
    sso: false,
    allowRanges: apiAccess === 'lan' ? [...lanRanges].sort() : [],
    rateLimit: { average: 20, burst: 60 },
  };
  return [login, withKey];
}
