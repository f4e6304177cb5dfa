import {
  badInput,
  type DefinedWarning,
  type Environment,
  type RenderContext,
} from '@ai-stack/core';
import { caOptions, caVariables } from '@ai-stack/render';
import { z } from 'zod';
import { modelOptions, modelVariableOwners, modelVariables, only } from './webui-models';

/** The options that become settings of Open WebUI. */
export const webuiOptions = {
  settings: z
    .enum(['rendered', 'ui'])
    .default('rendered')
    .describe('rendered: what is rendered wins at each start; ui: changes in the browser stay'),
  ...modelOptions,
  passwordLogin: z
    .boolean()
    .default(false)
    .describe('Whether people may also log in with a password of Open WebUI'),
  /**
   * Where a sign-out leads. provider: it ends the login at the identity provider, for all applications; application: to
   * the provider's page for this application, where the login goes on; or an address.
   */
  signOut: z
    .union([z.enum(['provider', 'application']), z.url({ protocol: /^https$/ })])
    .default('provider')
    .describe(
      'What a sign-out ends: provider: the login for all applications; application: its own; or an address',
    ),
  ...caOptions,
  /**
   * Whether an existing account goes to whoever has its address at the identity provider: for one deploy, until everybody
   * with an account has logged in. Authentik does not verify addresses.
   */
  mergeAccountsByEmail: z
    .boolean()
    .default(false)
    .describe(
      'For one deploy: an existing account goes to whoever has its address at the provider',
    ),
  sessionLength: z
    .string()
    .regex(/^[1-9]\d*[mhdw]$/)
    .default('7d')
    .describe('How long a login lasts'),
};
type Context = RenderContext<z.infer<z.ZodObject<typeof webuiOptions>>>;

/** What sets a variable instead of `extraEnvironment`. */
export const webuiVariables: Readonly<Record<string, string>> = {
  ...modelVariableOwners,
  ENABLE_PERSISTENT_CONFIG: 'settings',
  ENABLE_LOGIN_FORM: 'passwordLogin',
  ENABLE_PASSWORD_AUTH: 'passwordLogin',
  OAUTH_AUTO_REDIRECT: 'passwordLogin',
  OPENID_END_SESSION_ENDPOINT: 'signOut',
  OAUTH_MERGE_ACCOUNTS_BY_EMAIL: 'mergeAccountsByEmail',
  JWT_EXPIRES_IN: 'sessionLength',
  SSL_CERT_FILE: 'caFolder',
  REQUESTS_CA_BUNDLE: 'caFolder',
  WEBUI_URL: 'it follows from domain in environment.yaml',
  OPENID_PROVIDER_URL: 'it follows from url and applications in sso.yaml',
  OAUTH_PROVIDER_NAME: 'it is providerName in sso.yaml',
  OAUTH_ALLOWED_ROLES: 'it follows from groups in sso.yaml',
  OAUTH_ADMIN_ROLES: 'it is groups.admins in sso.yaml',
  WEBUI_AUTH: 'without a login everybody would be an administrator',
  DATA_DIR: 'its data is in the directory that is mounted',
  DATABASE_URL: 'its database is in the directory that is mounted, and copied from there',
  PORT: 'Traefik and the health check ask port 8080',
};

/** Every variable of Open WebUI that is not a secret. */
export function webuiEnvironment(context: Context): Record<string, string> {
  return {
    ...addresses(context),
    ...modelVariables(context),
    ...login(context),
    ...firstAccount(context),
    ...vectors(context),
    ...hardening,
    // Its login is the only TLS that Open WebUI speaks here, so this file may replace all authorities.
    ...caVariables(context.options.caFolder),
    JWT_EXPIRES_IN: context.options.sessionLength,
    ENABLE_PERSISTENT_CONFIG: flag(context.options.settings === 'ui'),
  };
}

const hardening = {
  WEBUI_SESSION_COOKIE_SECURE: 'true',
  WEBUI_AUTH_COOKIE_SECURE: 'true',
  // strict would drop the session on the way back from the identity provider.
  WEBUI_SESSION_COOKIE_SAME_SITE: 'lax',
  WEBUI_AUTH_COOKIE_SAME_SITE: 'lax',
  ENABLE_OAUTH_ID_TOKEN_COOKIE: 'false',
  ENABLE_VERSION_UPDATE_CHECK: 'false',
  ENABLE_COMMUNITY_SHARING: 'false',
  ENABLE_DIRECT_CONNECTIONS: 'false',
  ENABLE_PIP_INSTALL_FRONTMATTER_REQUIREMENTS: 'false',
  ENABLE_CODE_EXECUTION: 'false',
  ENABLE_CODE_INTERPRETER: 'false',
  ENABLE_API_KEYS: 'false',
  ANONYMIZED_TELEMETRY: 'false',
  DO_NOT_TRACK: 'true',
  SCARF_NO_ANALYTICS: 'true',
  // One process: more would need Redis and PostgreSQL.
  UVICORN_WORKERS: '1',
};

function addresses({ publicUrl }: Context) {
  return { WEBUI_URL: publicUrl(), CORS_ALLOW_ORIGIN: publicUrl() };
}

/**
 * Open WebUI makes the first account an administrator, whatever its groups, and an only one again at each
 * login. So the first account is one that nobody has.
 */
function firstAccount({ publicUrl }: Context): Record<string, string> {
  return {
    WEBUI_ADMIN_EMAIL: `first-account@${new URL(publicUrl()).hostname}`,
    WEBUI_ADMIN_NAME: 'First account',
    // Those who wait for a role would be told to write to it.
    SHOW_ADMIN_DETAILS: 'false',
  };
}

function login({ environment, options, publicUrl }: Context): Record<string, string> {
  const { sso } = environment;
  const groups = [sso.groups.users, sso.groups.admins];
  if (groups.some((group) => group.includes(','))) {
    throw badInput('Open WebUI separates groups by commas, so a group must not have one', {
      where: { ...whereOf(environment, 'sso'), key: 'groups' },
    });
  }
  return {
    ENABLE_OAUTH_SIGNUP: 'true',
    OAUTH_PROVIDER_NAME: sso.providerName,
    OPENID_PROVIDER_URL: discoveryUrl(environment),
    OPENID_REDIRECT_URI: redirectUri({ publicUrl }),
    OAUTH_SCOPES: 'openid email profile',
    OAUTH_CODE_CHALLENGE_METHOD: 'S256',
    // Authentik does not verify addresses: merging by them hands over accounts.
    OAUTH_MERGE_ACCOUNTS_BY_EMAIL: flag(options.mergeAccountsByEmail),
    ENABLE_OAUTH_ROLE_MANAGEMENT: 'true',
    OAUTH_ROLES_CLAIM: 'groups',
    OAUTH_ALLOWED_ROLES: [...new Set(groups)].join(','),
    OAUTH_ADMIN_ROLES: sso.groups.admins,
    DEFAULT_USER_ROLE: 'pending',
    ENABLE_SIGNUP: 'false',
    ENABLE_LOGIN_FORM: flag(options.passwordLogin),
    ENABLE_PASSWORD_AUTH: flag(options.passwordLogin),
    OAUTH_AUTO_REDIRECT: flag(!options.passwordLogin),
    ...signOut(environment, options.signOut),
  };
}

/** What a plan says of accounts that are there already: Open WebUI knows a person by the provider's subject alone. */
export function accountWarnings(context: Context): DefinedWarning[] {
  const { environment, options, dataPath } = context;
  const file = `apps/open-webui/environments/${environment.name}.yaml`;
  if (options.mergeAccountsByEmail) {
    return [
      {
        reason: `whoever has the address of an account at ${environment.sso.providerName} gets that account, with its chats and its role`,
        fix: `take mergeAccountsByEmail out of ${file} and deploy again as soon as everybody with an account has logged in`,
      },
    ];
  }
  if (options.passwordLogin) return [];
  return [
    {
      ifFile: dataPath('webui.db'),
      // Once deployed so, accounts have been made by the provider's subject.
      unlessDeployed: 'ENABLE_PASSWORD_AUTH: "false"',
      reason: `${dataPath('webui.db')} may hold accounts with passwords, and the login is by ${environment.sso.providerName} alone: whoever has the same address there is refused`,
      fix: `to give them their accounts, set mergeAccountsByEmail: true in ${file} for one deploy, let them log in, take it out and deploy again`,
    },
  ];
}

/**
 * Without a setting, Open WebUI leads to the provider's page of this application. Authentik's default flow there ends
 * no login: the next visit is sent to Authentik, which still knows the person, and comes back signed in.
 */
function signOut({ sso }: Environment, to: string): Record<string, string> {
  if (to === 'application') return {};
  // Authentik's own link "Sign out", whichever flow the brand has for it.
  const url = to === 'provider' ? `${sso.url}/flows/-/default/invalidation/` : to;
  return { OPENID_END_SESSION_ENDPOINT: url };
}

function vectors(context: Context): Record<string, string> {
  return {
    VECTOR_DB: 'qdrant',
    QDRANT_URI: only(context, context.bindings('qdrant')).url,
    QDRANT_PREFER_GRPC: 'false',
    // The default, stated: a change of it orphans what is stored.
    ENABLE_QDRANT_MULTITENANCY_MODE: 'true',
  };
}

/** Where the provider describes the chat's application: Authentik has one such place for each. */
export function discoveryUrl(environment: Environment): string {
  return `${environment.sso.url}/application/o/${slugOf(environment)}/.well-known/openid-configuration`;
}

/** Where the provider sends people back to; it must know this very text. */
export function redirectUri({ publicUrl }: Pick<RenderContext, 'publicUrl'>): string {
  return `${publicUrl()}/oauth/oidc/callback`;
}

/**
 * The slug of the chat's application in Authentik, which makes it from the application's name: "Open WebUI" becomes
 * open-webui.
 */
export function slugOf({ sso }: Environment): string {
  return sso.applications['open-webui'] ?? 'open-webui';
}

function whereOf(environment: Environment, part: string) {
  return {
    environment: environment.name,
    file: `libs/inventory/environments/${environment.name}/${part}.yaml`,
  };
}

function flag(value: boolean): string {
  return value ? 'true' : 'false';
}
