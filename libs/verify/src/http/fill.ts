import type { HttpAsk, ProbeValue, Secret, SecretValue } from '@ai-stack/core';
import type { FilledHttp } from './ask';
import { NoAnswer } from '../evaluation';

export type SecretOf = (service: string, key: string) => Secret | undefined;

/** Puts the secrets into headers and body. Throws a NoAnswer for one that is not known. */
export function fillHttp(ask: HttpAsk, secretOf: SecretOf): FilledHttp {
  const headers = Object.fromEntries(
    Object.entries(ask.headers ?? {}).map(([name, value]) => [
      name.toLowerCase(),
      fillValue(value, secretOf),
    ]),
  );
  if (ask.body === undefined) return { ask, headers, body: undefined };
  const body =
    typeof ask.body === 'string' ? ask.body : JSON.stringify(fillBody(ask.body, secretOf));
  return { ask, headers: { 'content-type': 'application/json', ...headers }, body };
}

/** Every secret that a question names; the name of a user is none, and may be a word like any other. */
export function secretsIn(value: unknown): { service: string; key: string }[] {
  if (isSecretValue(value)) return [value.secret];
  if (isBasicValue(value)) return [value.basic.password.secret];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(secretsIn);
}

function fillBody(value: unknown, secretOf: SecretOf): unknown {
  if (isSecretValue(value) || isBasicValue(value)) return fillValue(value, secretOf);
  if (Array.isArray(value)) return value.map((item: unknown) => fillBody(item, secretOf));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, fillBody(item, secretOf)]),
  );
}

function fillValue(value: ProbeValue, secretOf: SecretOf): string {
  if (typeof value === 'string') return value;
  if ('basic' in value) {
    const pair = [value.basic.user, value.basic.password].map((item) => fillValue(item, secretOf));
    return `Basic ${Buffer.from(pair.join(':')).toString('base64')}`;
  }
  const { service, key } = value.secret;
  const secret = secretOf(service, key);
  if (secret === undefined) {
    const fix = `deploy ${service}, which generates or reads it`;
    throw new NoAnswer('impossible', `the secret ${key} of ${service} is not known`, fix);
  }
  return `${value.prefix}${secret.reveal()}`;
}

function isBasicValue(
  value: unknown,
): value is { basic: { user: SecretValue; password: SecretValue } } {
  if (typeof value !== 'object' || value === null || !('basic' in value)) return false;
  const { basic } = value;
  return (
    typeof basic === 'object' &&
    basic !== null &&
    'user' in basic &&
    isSecretValue(basic.user) &&
    'password' in basic &&
    isSecretValue(basic.password)
  );
}

function isSecretValue(value: unknown): value is SecretValue {
  if (typeof value !== 'object' || value === null || !('secret' in value)) return false;
  const { secret } = value;
  return (
    'prefix' in value &&
    typeof value.prefix === 'string' &&
    typeof secret === 'object' &&
    secret !== null &&
    'service' in secret &&
    typeof secret.service === 'string' &&
    'key' in secret &&
    typeof secret.key === 'string'
  );
}
