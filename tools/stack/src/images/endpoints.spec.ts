import { describe, expect, it } from '@jest/globals';
import { endpointsOf, parseImageName } from './endpoints';

const digest = `sha256:${'0'.repeat(64)}`;

it.each([
  ['debian:13.1.0', ['docker.io', 'library/debian', '13.1.0']],
  ['qdrant/qdrant:v1.19.0', ['docker.io', 'qdrant/qdrant', 'v1.19.0']],
  ['docker.io/debian:13.1.0', ['docker.io', 'library/debian', '13.1.0']],
  ['ghcr.io/berriai/litellm:v1.108.7', ['ghcr.io', 'berriai/litellm', 'v1.108.7']],
  [`ghcr.io/a/b:1.2.3@${digest}`, ['ghcr.io', 'a/b', digest]],
  ['harbor.example.org:5000/hub/a/b:1.2.3', ['harbor.example.org:5000', 'hub/a/b', '1.2.3']],
  ['localhost:5000/a:1.2.3', ['localhost:5000', 'a', '1.2.3']],
  ['localhost/a:1.2.3', ['localhost', 'a', '1.2.3']],
])('%s is taken apart as engines do it', (image, [registry, repository, reference]) => {
  expect(parseImageName(image)).toEqual({ registry, repository, reference });
});

describe('where an engine looks', () => {
  const none = { mirrors: [], insecure: [] };
  const hub = 'https://registry-1.docker.io';
  it.each([
    ['ghcr.io', none, ['https://ghcr.io']],
    ['docker.io', none, [hub]],
    ['docker.io', { ...none, mirrors: ['https://m.example.org/'] }, ['https://m.example.org', hub]],
    ['ghcr.io', { ...none, mirrors: ['https://m.example.org/'] }, ['https://ghcr.io']],
    ['docker.io', { ...none, mirrors: ['http://192.0.2.2', 'x'] }, ['http://192.0.2.2', hub]],
    ['a.example:5000', none, ['https://a.example:5000']],
    [
      'a.example:5000',
      { ...none, insecure: ['a.example:5000'] },
      ['https://a.example:5000 unverified', 'http://a.example:5000 unverified'],
    ],
    ['a.example', { ...none, insecure: ['a.example:5000'] }, ['https://a.example']],
    [
      '127.0.0.1:5000',
      none,
      ['https://127.0.0.1:5000 unverified', 'http://127.0.0.1:5000 unverified'],
    ],
    ['localhost', none, ['https://localhost unverified', 'http://localhost unverified']],
    ['[::1]:5000', none, ['https://[::1]:5000 unverified', 'http://[::1]:5000 unverified']],
    ['10.1.2.3', none, ['https://10.1.2.3']],
    [
      '10.1.2.3',
      { ...none, insecure: ['10.0.0.0/8', 'bad/range', '10/8'] },
      ['https://10.1.2.3 unverified', 'http://10.1.2.3 unverified'],
    ],
  ])('for images of %s with %j', (registry, settings, wanted) => {
    const endpoints = endpointsOf(registry, settings).map(({ origin, isVerified }) =>
      // A mirror by HTTP needs no certificate at all.
      isVerified || (settings.mirrors.length > 0 && origin.startsWith('http:'))
        ? origin
        : `${origin} unverified`,
    );
    expect(endpoints).toEqual(wanted);
  });
});
