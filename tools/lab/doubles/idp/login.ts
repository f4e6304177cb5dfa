import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Provider } from 'oidc-provider';
import { asText, cookieOf, sendText } from '../http-double';
import type { Exchange } from '../http-double';
import { isAllowed } from './config';
import type { Application, IdpFile, IdpUser } from './config';
import { readToken, signToken } from '../token';

const SESSION = 'authentik_session';
const DAY = 86400;

const page = (title: string, body: string) =>
  `<!doctype html><html><head><title>${title} - authentik (double)</title></head><body>${body}</body></html>`;
const form = (problem: string) =>
  page(
    'Log in',
    `${problem}<form method="post"><label>Username <input name="username" autofocus></label>` +
      '<label>Password <input name="password" type="password"></label><button>Log in</button></form>',
  );

/** GET shows the form, or passes at once with a session of another application; POST takes the form. */
export async function answerLogin(
  exchange: Exchange,
  file: IdpFile,
  application: Application,
  provider: Provider,
): Promise<void> {
  const { request, response, headers, body } = exchange;
  const posted = request.method === 'POST';
  const user = posted
    ? findByPassword(file, asText(body.username), asText(body.password))
    : findBySession(file, cookieOf(headers, SESSION));
  if (user === undefined) {
    sendText(
      response,
      posted ? 401 : 200,
      form(posted ? '<p>Invalid username or password</p>' : ''),
      'text/html',
    );
    return;
  }
  const claims = { username: user.username, exp: Math.floor(Date.now() / 1000) + DAY };
  const session = signToken(claims, file.cookieSecret);
  response.setHeader('set-cookie', `${SESSION}=${session}; Path=/; HttpOnly; Secure; SameSite=Lax`);
  if (!isAllowed(application, user)) return sendDenied(response);
  await provider.interactionFinished(request, response, { login: { accountId: user.username } });
}

/** Ends a person's session here, in every application and at the outpost. */
export function signOut(
  { headers, response }: Exchange,
  file: IdpFile,
  applications: readonly Application[],
  signedOut: Map<string, number>,
): void {
  const user = findBySession(file, cookieOf(headers, SESSION));
  if (user !== undefined) signedOut.set(user.username, Date.now());
  const names = applications.flatMap(({ slug }) => [`oidc_${slug}`, `oidc_${slug}.sig`]);
  const gone = [SESSION, ...names].map((name) => `${name}=; Path=/; Max-Age=0; HttpOnly; Secure`);
  response.setHeader('set-cookie', gone);
  sendText(response, 200, page('Logged out', 'You have been logged out.'), 'text/html');
}

/** Whether a browser's session is of a user whom the application does not let in (any more). */
export function isDenied(
  request: IncomingMessage,
  file: IdpFile,
  application: Application,
): boolean {
  const user = findBySession(file, cookieOf(request.headers, SESSION));
  return user !== undefined && !isAllowed(application, user);
}

/** The page of Authentik's policy engine. */
export function sendDenied(response: ServerResponse): void {
  sendText(response, 403, page('Permission denied', 'Request has been denied.'), 'text/html');
}

function findByPassword(file: IdpFile, username: string, password: string): IdpUser | undefined {
  const user = file.users.find((candidate) => candidate.username === username);
  const [given, buffer] = [Buffer.from(password), Buffer.from(user?.password ?? '')];
  return given.length === buffer.length && timingSafeEqual(given, buffer) ? user : undefined;
}

function findBySession(file: IdpFile, cookie: string | undefined): IdpUser | undefined {
  const username = readToken(cookie, file.cookieSecret, Date.now())?.username;
  return file.users.find((candidate) => candidate.username === username);
}
