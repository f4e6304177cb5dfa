import { expect, it } from '@jest/globals';
import { mirroredImage } from './image-name';
import { healthDeadline } from './duration';

it.each([
  ['ghcr.io/berriai/litellm:v1.110.1', 'm:5000/berriai/litellm:v1.110.1'],
  ['qdrant/qdrant:v1.19.0', 'm:5000/qdrant/qdrant:v1.19.0'],
  ['docker.io/qdrant/qdrant:v1.19.0', 'm:5000/qdrant/qdrant:v1.19.0'],
  ['traefik:v3.7.12', 'm:5000/library/traefik:v3.7.12'],
  ['localhost/x:1.2.3', 'm:5000/x:1.2.3'],
  ['reg:80/x:1.2.3@sha256:00', 'm:5000/x:1.2.3@sha256:00'],
])('%s comes from the mirror as %s', (image, expected) => {
  expect(mirroredImage(image, 'm:5000')).toBe(expected);
  expect(mirroredImage(image, undefined)).toBe(image);
});

it.each([
  ['qdrant/qdrant:v1.19.0', 'harbor.test/dockerhub/qdrant/qdrant:v1.19.0'],
  ['debian:13.1.0', 'harbor.test/dockerhub/library/debian:13.1.0'],
  ['docker.io/debian:13.1.0', 'harbor.test/dockerhub/library/debian:13.1.0'],
  ['ghcr.io/berriai/litellm:v1.110.1', 'nexus.test:8443/repository/ghcr/berriai/litellm:v1.110.1'],
  ['quay.io/x/y:1.2.3', 'quay.io/x/y:1.2.3'],
])('%s comes from the mirror of its registry as %s', (image, expected) => {
  const mirrors = {
    'docker.io': 'harbor.test/dockerhub',
    'ghcr.io': 'nexus.test:8443/repository/ghcr',
  };
  expect(mirroredImage(image, mirrors)).toBe(expected);
});

it('a path of the mirror is before the name', () => {
  expect(mirroredImage('ghcr.io/x/y:1.2.3', 'gitlab.test/group/dependency_proxy')).toBe(
    'gitlab.test/group/dependency_proxy/x/y:1.2.3',
  );
});

it.each([
  ['1h30m', 5400],
  ['90s', 90],
  ['500ms', 1],
  ['1m500ms', 61],
])('a start period of %s gives a deadline of %d seconds', (startPeriod, seconds) => {
  const check = { interval: '1s', timeout: '1s', retries: 0, startPeriod };
  expect(healthDeadline({ ...check, startInterval: '5s', test: ['CMD', 'x'] })).toBe(seconds);
});

it('a deadline is the start period and the failing checks after it', () => {
  const check = { interval: '30s', timeout: '5s', retries: 3, startPeriod: '60s' };
  expect(healthDeadline({ ...check, startInterval: '5s', test: ['CMD', 'x'] })).toBe(165);
  expect(healthDeadline(null)).toBe(30);
});
