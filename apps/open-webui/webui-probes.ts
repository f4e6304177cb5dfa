import {
  clockLimitSeconds,
  nxRun,
  type HttpExpect,
  type HttpStep,
  type Probe,
  type RenderContext,
} from '@ai-stack/core';
import {
  bindingsNote,
  containerHttpProbe,
  loginChainProbes,
  loginProbe,
  secretValue,
} from '@ai-stack/render';
import { discoveryUrl, redirectUri, slugOf } from './webui-environment';

const inside = { container: 'open-webui', port: 8080 };
const redirects = [302, 303, 307];

/** What verifies the chat: started, its login offered, and an identity provider at which a person can log in. */
export function webuiProbes(context: RenderContext): Probe[] {
  return [
    ...ownProbes(context),
    discoveryProbe(context),
    signingKeyProbe(context),
    clientSecretProbe(context),
    clockProbe(context),
    loginProbe(context, '/', [200]),
    ...loginChainProbes(context),
  ];
}

function ownProbes(context: RenderContext): Probe[] {
  const { environment } = context;
  const { providerName } = environment.sso;
  const atProvider = [{ host: providerHost(context) }];
  return [
    containerHttpProbe(
      context,
      {
        what: 'ready',
        level: 'api',
        title: 'Open WebUI has started and its database answers',
        fix: `see ${nxRun(environment.name, 'open-webui:logs')}`,
      },
      inside,
      { path: '/ready' },
      { status: [200], json: [{ path: 'status', equals: true }] },
    ),
    containerHttpProbe(
      context,
      {
        what: 'oidc',
        level: 'api',
        title: `Open WebUI offers the login by ${providerName}`,
        fix: 'check OAUTH_CLIENT_ID and OAUTH_CLIENT_SECRET, and that the host reaches the discovery URL',
      },
      inside,
      { path: '/api/config' },
      { status: [200], json: [{ path: 'oauth.providers.oidc', equals: providerName }] },
    ),
    containerHttpProbe(
      context,
      {
        what: 'provider',
        level: 'client',
        title: 'Open WebUI finds the identity provider and sends people there',
        fix: 'the container must resolve and trust it: see dns.yaml, and caFolder for a private authority',
      },
      inside,
      { path: '/oauth/oidc/login' },
      { status: redirects, location: atProvider },
    ),
    // An error of the provider is a page of its own, or leads back to the redirect URI.
    containerHttpProbe(
      context,
      {
        what: 'authorize',
        level: 'client',
        title: `${providerName} shows a login for the client ID and the redirect URI of Open WebUI`,
        fix: `${inProvider(context)}: client ID as OAUTH_CLIENT_ID, redirect URI (strict) ${redirectUri(context)}, grant types authorization_code and refresh_token`,
        unseen: bindingsNote(environment, `the application ${slugOf(environment)} (Open WebUI)`),
      },
      inside,
      { path: '/oauth/oidc/login', follow: 1 },
      { status: redirects, location: atProvider },
    ),
  ];
}

/** What Open WebUI reads of the provider before it sends anybody there, asked from this machine. */
function discoveryProbe(context: RenderContext): Probe {
  const there = ['token_endpoint', 'userinfo_endpoint', 'jwks_uri'];
  const { ask, expect } = discovery(context);
  return {
    ...named('discovery'),
    title: `${context.environment.sso.providerName} describes the application, with the code challenge that Open WebUI sends`,
    fix: 'check url and applications.open-webui of sso.yaml: the slug of the application, not the name of its provider',
    ask,
    expect: {
      ...expect,
      json: [
        { path: 'issuer', contains: providerHost(context) },
        { path: 'authorization_endpoint', contains: providerHost(context) },
        ...there.map((path) => ({ path, exists: true })),
        { path: 'code_challenge_methods_supported[]', contains: 'S256' },
      ],
    },
  };
}

/** Without a signing key Authentik signs with the client secret (HS256) and publishes no key: nobody can log in. */
function signingKeyProbe(context: RenderContext): Probe {
  return {
    ...named('signing-key'),
    title: `${context.environment.sso.providerName} signs with a key that Open WebUI can check`,
    fix: `${inProvider(context)}: choose a signing key, such as "authentik Self-signed Certificate"`,
    ask: {
      kind: 'http-sequence',
      steps: [
        discovery(context, [
          {
            path: 'id_token_signing_alg_values_supported[]',
            containsOneOf: ['RS256', 'ES256', 'ES384', 'ES512'],
          },
        ]),
        {
          name: 'keys',
          ask: discovery(context).ask,
          urlFrom: { step: 'discovery', path: 'jwks_uri' },
          expect: { status: [200], json: [{ path: 'keys[].kty', exists: true }] },
        },
      ],
    },
    expect: {},
  };
}

/**
 * A code that was never given: whoever has the right secret is told so (invalid_grant), anybody else is refused
 * (invalid_client) before the code is looked at.
 */
function clientSecretProbe(context: RenderContext): Probe {
  const form = {
    grant_type: 'authorization_code',
    code: 'ai-stack-verify',
    redirect_uri: redirectUri(context),
  };
  return {
    ...named('client-secret'),
    title: `${context.environment.sso.providerName} takes the client secret of Open WebUI`,
    fix: `put the client ID and client secret that are ${inProvider(context)} into secretsFile of environment.yaml, then ${nxRun(context.environment.name, 'open-webui:deploy')}`,
    ask: {
      kind: 'http-sequence',
      steps: [
        discovery(context),
        {
          name: 'token',
          ask: {
            ...discovery(context).ask,
            method: 'POST',
            headers: {
              Authorization: {
                basic: {
                  user: secretValue('open-webui', 'OAUTH_CLIENT_ID'),
                  password: secretValue('open-webui', 'OAUTH_CLIENT_SECRET'),
                },
              },
              'Content-Type': 'application/x-www-form-urlencoded',
            },
            body: new URLSearchParams(form).toString(),
          },
          urlFrom: { step: 'discovery', path: 'token_endpoint' },
          expect: { status: [400], json: [{ path: 'error', equals: 'invalid_grant' }] },
        },
      ],
    },
    expect: {},
  };
}

/**
 * Open WebUI refuses a token that was issued more than 120 s after its own time, or that ended more than 120 s before it
 * (Authlib's leeway). A container has the clock of its host.
 */
function clockProbe({ environment, host }: RenderContext): Probe {
  const { providerName } = environment.sso;
  return {
    id: `open-webui/clock@${host.name}`,
    level: 'client',
    service: 'open-webui',
    vantage: `host:${host.name}`,
    title: `the clocks of ${host.name} and ${providerName} agree: Open WebUI takes no token from the future`,
    fix: `let NTP set the clock of ${host.name} and that of ${providerName}: timedatectl set-ntp true`,
    ask: { kind: 'clock', url: discoveryUrl(environment) },
    expect: { withinSeconds: clockLimitSeconds },
  };
}

function discovery({ environment }: RenderContext, json?: HttpExpect['json']) {
  return {
    name: 'discovery',
    ask: { kind: 'http', method: 'GET', url: discoveryUrl(environment) },
    expect: { status: [200], ...(json === undefined ? {} : { json }) },
  } satisfies HttpStep;
}

function named(what: string) {
  return {
    id: `open-webui/${what}`,
    level: 'client',
    service: 'open-webui',
    vantage: 'controller',
  } as const;
}

function inProvider({ environment }: RenderContext): string {
  return `in ${environment.sso.providerName}, in the provider of the application ${slugOf(environment)}`;
}

function providerHost({ environment }: RenderContext): string {
  return new URL(environment.sso.url).host;
}
