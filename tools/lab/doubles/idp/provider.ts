import { createHash, createPrivateKey } from 'node:crypto';
import { Provider } from 'oidc-provider';
import type { KoaContext } from 'oidc-provider';
import { subjectOf } from './config';
import type { Application, IdpFile } from './config';

const SCOPES = 'openid email profile offline_access';
const HOUR = 3600;

/** A certified OpenID provider for one application, to be mounted at `/application/o/<slug>`. */
export function createProvider(file: IdpFile, application: Application): Provider {
  const { slug, isSigned } = application;
  const alg = isSigned ? 'RS256' : 'HS256';
  const provider = new Provider(`${file.url}/application/o/${slug}/`, {
    clients: [
      {
        client_id: application.clientId,
        client_secret: application.clientSecret,
        redirect_uris: application.redirectUris,
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        id_token_signed_response_alg: alg,
      },
    ],
    jwks: { keys: [signingJwk(file.signingKey)] },
    enabledJWA: { idTokenSigningAlgValues: [alg] },
    routes: {
      authorization: '/authorize',
      token: '/token',
      userinfo: '/userinfo',
      jwks: '/jwks/',
      end_session: '/end-session/',
    },
    scopes: SCOPES.split(' '),
    claims: {
      openid: ['sub'],
      email: ['email', 'email_verified'],
      profile: ['name', 'given_name', 'preferred_username', 'nickname', 'groups'],
    },
    conformIdTokenClaims: false,
    cookies: {
      keys: [file.cookieSecret],
      names: {
        session: `oidc_${slug}`,
        interaction: `oidc_${slug}_interaction`,
        resume: `oidc_${slug}_resume`,
      },
      long: { signed: true, httpOnly: true, sameSite: 'lax' },
      short: { signed: true, httpOnly: true, sameSite: 'lax' },
    },
    features: { devInteractions: { enabled: false } },
    pkce: { required: () => false },
    ttl: {
      AccessToken: HOUR,
      IdToken: HOUR,
      Interaction: HOUR,
      Grant: 24 * HOUR,
      Session: 24 * HOUR,
    },
    interactions: {
      url: (_context: KoaContext, { uid }: { uid: string }) =>
        `/application/o/${slug}/interaction/${uid}`,
    },
    findAccount: (_context: KoaContext, username: string) => findAccount(file, username),
    loadExistingGrant: grantAll,
    renderError: (
      context: KoaContext,
      { error, error_description: text }: Record<string, string>,
    ) => {
      context.type = 'text/plain';
      context.body = `${error ?? ''}: ${text ?? ''}\n`;
    },
  });
  provider.proxy = true;
  return provider;
}

function signingJwk(pem: string) {
  const jwk = createPrivateKey(pem).export({ format: 'jwk' });
  const kid = createHash('sha256')
    .update(jwk.n ?? '')
    .digest('hex')
    .slice(0, 16);
  return { ...jwk, kid, use: 'sig', alg: 'RS256' };
}

function findAccount(file: IdpFile, username: string) {
  const user = file.users.find((candidate) => candidate.username === username);
  if (user === undefined) return undefined;
  const { email, name, groups } = user;
  return {
    accountId: username,
    claims: () => ({
      sub: subjectOf(user),
      email,
      email_verified: false,
      name,
      given_name: name,
      preferred_username: username,
      nickname: username,
      groups,
    }),
  };
}

/** Implicit consent, as Authentik's default flow for applications of the house. */
async function grantAll({ oidc }: KoaContext) {
  const { client, session, provider } = oidc;
  const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
  grant.addOIDCScope(SCOPES);
  await grant.save();
  return grant;
}
