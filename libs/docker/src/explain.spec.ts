import { describe, expect, it } from '@jest/globals';
import { explainPull, explainSilence } from './explain';

describe('explainPull', () => {
  it.each([
    ['manifest for a/b:1.0 not found: manifest unknown: manifest unknown', 'no such image'],
    ['toomanyrequests: You have reached your pull rate limit.', 'more pulls'],
    ['received unexpected HTTP status: 429 Too Many Requests', 'more pulls'],
    ['no matching manifest for linux/arm64/v8 in the manifest list entries', 'processor'],
    ["pull access denied for a, repository does not exist or may require 'docker login'", 'login'],
    ['write /var/lib/docker/tmp/x: no space left on device', 'disk'],
    ['tls: failed to verify certificate: x509: unknown authority', 'certificate'],
    ['dial tcp: lookup ghcr.io: no such host', 'cannot reach'],
    [
      'Get "http://127.0.0.1:9/v2/": dial tcp 127.0.0.1:9: connect: connection refused',
      'cannot reach',
    ],
  ])('%s', (engineError, expected) => {
    const error = explainPull('trusted', 'a/b:1.0', engineError);
    expect(error.what).toContain(expected);
    expect(error.what).toContain(engineError);
    expect(error.fix).toBeDefined();
  });
});

it('sends a user without rights to sudo, not to a group that still cannot use the directories', () => {
  const { fix } = explainSilence('trusted', 'denied', undefined);
  expect(fix).toMatch(/^set ssh: \{ sudo: true \} in the host's file/);
  expect(fix).not.toMatch(/usermod/);
});

describe('explainSilence', () => {
  it.each(['absent', 'stopped', 'denied', 'silent', ''])('has a fix for %j', (state) => {
    const error = explainSilence('trusted', state, undefined);
    expect(error.where).toEqual({ host: 'trusted' });
    expect(error.fix).toBeDefined();
  });
});
