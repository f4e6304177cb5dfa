import { createHash } from 'node:crypto';

export interface IdpUser {
  readonly username: string;
  readonly password: string;
  readonly name: string;
  readonly email: string;
  /** The API changes them while it runs. */
  groups: readonly string[];
}
export interface Application {
  readonly slug: string;
  readonly name: string;
  /** Who may pass; empty means everyone. */
  readonly allowedGroups: readonly string[];
  readonly clientId: string;
  readonly clientSecret: string;
  readonly redirectUris: readonly string[];
  /** Without `authorization_code` nobody can log in. */
  readonly grantTypes: readonly string[];
  /** Whether its provider has a signing key; without one tokens are signed by the client secret (HS256). */
  readonly isSigned: boolean;
  /** Set for a forward-auth application: the protected site, `https://chat.lab.test`. */
  readonly externalHost?: string;
  /** Set for a whole domain (forward_domain): it covers each host below that has no application of its own. */
  readonly cookieDomain?: string;
}
/** The file that IDP_CONFIG names; `proxies` need no client of their own, it is derived. */
export interface IdpFile {
  readonly url: string;
  readonly cookieSecret: string;
  /** RSA key in PEM. */
  readonly signingKey: string;
  readonly users: readonly IdpUser[];
  /** Bearer token of the API. */
  readonly apiToken: string;
  readonly applications: readonly Omit<
    Application,
    'grantTypes' | 'isSigned' | 'externalHost' | 'cookieDomain'
  >[];
  readonly proxies: readonly {
    readonly slug: string;
    readonly name: string;
    readonly allowedGroups: readonly string[];
    readonly externalHost: string;
    readonly cookieDomain?: string;
  }[];
}

/** All applications of the file, forward-auth ones with their derived OAuth client. */
export function applicationsOf(file: IdpFile): Application[] {
  const derive = (text: string) => createHash('sha256').update(text).digest('hex');
  const proxies = file.proxies.map((proxy) => ({
    ...proxy,
    clientId: derive(`client ${proxy.slug}`).slice(0, 40),
    clientSecret: derive(`secret ${proxy.slug} ${file.cookieSecret}`),
    redirectUris: [callbackOf(proxy.externalHost)],
    grantTypes: GRANTS,
    isSigned: true,
  }));
  const plain = file.applications.map((application) => ({
    ...application,
    grantTypes: GRANTS,
    isSigned: true,
  }));
  return [...plain, ...proxies];
}

export const GRANTS: readonly string[] = ['authorization_code', 'refresh_token'];
export const callbackOf = (site: string): string =>
  `${site}/outpost.goauthentik.io/callback?X-authentik-auth-callback=true`;

export const isAllowed = (application: Application, user: IdpUser): boolean =>
  application.allowedGroups.length === 0 ||
  application.allowedGroups.some((group) => user.groups.includes(group));

/** Authentik's default subject: a hash of the user, the same in all applications. */
export const subjectOf = (user: IdpUser): string =>
  createHash('sha256').update(`user ${user.username}`).digest('hex');
