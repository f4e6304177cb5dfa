import { createHmac, timingSafeEqual } from 'node:crypto';
import { asJson } from './http-double';
import type { Json } from './http-double';

const encode = (text: string) => Buffer.from(text).toString('base64url');
const mac = (text: string, key: string) =>
  createHmac('sha256', key).update(text).digest('base64url');

/** A JSON Web Token signed by HS256. */
export function signToken(claims: Json, key: string): string {
  const unsigned = `${encode('{"alg":"HS256","typ":"JWT"}')}.${encode(JSON.stringify(claims))}`;
  return `${unsigned}.${mac(unsigned, key)}`;
}

/** The claims of such a token; undefined if the key is another one or it expired (`exp`, seconds). */
export function readToken(token: string | undefined, key: string, nowMs: number): Json | undefined {
  const [head = '', body = '', signature = ''] = (token ?? '').split('.');
  const buffer = Buffer.from(mac(`${head}.${body}`, key));
  const given = Buffer.from(signature);
  if (buffer.length !== given.length || !timingSafeEqual(buffer, given)) return undefined;
  const claims = decodeClaims(body);
  return typeof claims.exp === 'number' && claims.exp * 1000 < nowMs ? undefined : claims;
}

/** Claims of a token that came over a trusted connection; the signature is not looked at. */
export const claimsOf = (token: string): Json => decodeClaims(token.split('.')[1] ?? '');

function decodeClaims(body: string): Json {
  try {
    return asJson(JSON.parse(Buffer.from(body, 'base64url').toString('utf8')));
  } catch {
    return {};
  }
}
