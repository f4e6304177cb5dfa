import { createHash } from 'node:crypto';
import { asList, asText } from '../http-double';
import type { Json } from '../http-double';
import { applicationsOf, callbackOf, GRANTS } from './config';
import type { Application, IdpFile } from './config';

/** Rows of Authentik's API by collection path; they live as long as the program. */
export type Directory = Readonly<Record<string, Json[]>>;

export const OUTPOST = 'outposts/instances';
/** The UUID of a seeded row: the same after each start. */
export const uuidOf = (text: string): string =>
  createHash('sha256')
    .update(text)
    .digest('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5');

const FLOWS = [
  'default-provider-authorization-implicit-consent',
  'default-provider-authorization-explicit-consent',
  'default-provider-invalidation-flow',
];

/** The file's applications and the defaults of a new Authentik, as rows. */
export function createDirectory(file: IdpFile): Directory {
  const applications = applicationsOf(file);
  const rowsOf = (wanted: boolean) =>
    applications.flatMap((application, index) =>
      Boolean(application.externalHost) === wanted ? [renderProvider(application, index + 1)] : [],
    );
  const groups = [...new Set(file.users.flatMap(({ groups: names }) => names))];
  return {
    'flows/instances': FLOWS.map((slug) => ({ pk: uuidOf(slug), slug, name: slug })),
    'propertymappings/provider/scope': ['openid', 'email', 'profile', 'offline_access'].map(
      (scope) => ({
        pk: uuidOf(scope),
        managed: `goauthentik.io/providers/oauth2/scope-${scope}`,
        name: `authentik default OAuth Mapping: OpenID '${scope}'`,
        scope_name: scope,
      }),
    ),
    'crypto/certificatekeypairs': [
      {
        pk: uuidOf('certificate'),
        name: 'authentik Self-signed Certificate',
        private_key_available: true,
      },
    ],
    'core/users': file.users.map(({ username, name, email }, index) => ({
      pk: index + 1,
      username,
      name,
      email,
      is_active: true,
    })),
    'core/groups': groups.map((name) => ({ pk: uuidOf(`group ${name}`), name })),
    'providers/oauth2': rowsOf(false),
    'providers/proxy': rowsOf(true),
    'core/applications': applications.map(({ slug, name }, index) => ({
      pk: uuidOf(`application ${slug}`),
      slug,
      name,
      provider: index + 1,
    })),
    'policies/bindings': applications.flatMap(({ slug, allowedGroups }) =>
      allowedGroups.map((group, order) => ({
        pk: uuidOf(`binding ${slug} ${group}`),
        target: uuidOf(`application ${slug}`),
        group: uuidOf(`group ${group}`),
        order,
      })),
    ),
    [OUTPOST]: [
      {
        pk: uuidOf('outpost'),
        name: 'authentik Embedded Outpost',
        type: 'proxy',
        managed: 'goauthentik.io/outposts/embedded',
        providers: rowsOf(true).map(({ pk }) => pk),
        config: { authentik_host: file.url },
      },
    ],
  };
}

const renderProvider = (application: Application, pk: number): Json => ({
  pk,
  name: `Provider for ${application.slug}`,
  authorization_flow: uuidOf(FLOWS[0] ?? ''),
  invalidation_flow: uuidOf(FLOWS[2] ?? ''),
  client_id: application.clientId,
  client_secret: application.clientSecret,
  ...(application.externalHost === undefined
    ? {
        redirect_uris: application.redirectUris.map((url) => ({ matching_mode: 'strict', url })),
        grant_types: [...application.grantTypes],
        signing_key: application.isSigned ? uuidOf('certificate') : null,
      }
    : {
        external_host: application.externalHost,
        mode: application.cookieDomain === undefined ? 'forward_single' : 'forward_domain',
        cookie_domain: application.cookieDomain ?? '',
      }),
});

/** What can be logged in to now: a provider needs an application, a proxy provider the outpost as well. */
export function liveApplications(directory: Directory): Application[] {
  const served = asList(directory[OUTPOST]?.[0]?.providers);
  const sites = (directory['providers/proxy'] ?? []).filter(({ pk }) => served.includes(pk));
  const providers = [...(directory['providers/oauth2'] ?? []), ...sites];
  return (directory['core/applications'] ?? []).flatMap((row) => {
    const provider = providers.find(({ pk }) => pk === row.provider);
    return provider === undefined ? [] : [renderApplication(directory, row, provider)];
  });
}

function renderApplication(directory: Directory, row: Json, provider: Json): Application {
  const bound = (directory['policies/bindings'] ?? []).filter(({ target }) => target === row.pk);
  const groups = directory['core/groups'] ?? [];
  const nameOf = (pk: unknown) => asText(groups.find((group) => group.pk === pk)?.name);
  const site = typeof provider.external_host === 'string' ? provider.external_host : undefined;
  const cookieDomain = provider.mode === 'forward_domain' ? asText(provider.cookie_domain) : '';
  return {
    slug: asText(row.slug),
    name: asText(row.name),
    allowedGroups: bound.map(({ group }) => nameOf(group)),
    clientId: asText(provider.client_id),
    clientSecret: asText(provider.client_secret),
    redirectUris: site === undefined ? redirectUrls(provider) : [callbackOf(site)],
    grantTypes:
      site === undefined ? asList(provider.grant_types).map((type) => asText(type)) : GRANTS,
    isSigned: site !== undefined || typeof provider.signing_key === 'string',
    ...(site !== undefined && { externalHost: site }),
    ...(cookieDomain !== '' && { cookieDomain }),
  };
}

const redirectUrls = (provider: Json) =>
  asList(provider.redirect_uris).map((uri) => asText((uri as Json).url));
