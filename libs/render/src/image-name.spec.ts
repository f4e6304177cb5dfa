import { expect, it } from '@jest/globals';
import { mirroredImage } from './image-name';
import { healthDeadline } from './span';

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
  ['1h30m', 5400],
  ['90s', 90],
  ['500ms', 1],
  ['1m500ms', 61],
])('a start period of %s gives a deadline of %d seconds', (startPeriod, seconds) => {
  const check = { interval: '1s', timeout: '1s', retries: 0, startPeriod };
  expect(healthDeadline({ ...check, startInterval: '5s', test: ['CMD', 'x'] })).toBe(seconds);
});

it('a deadline is the start period and the failing checks behind it', () => {
  const check = { interval: '30s', timeout: '5s', retries: 3, startPeriod: '60s' };
  expect(healthDeadline({ ...check, startInterval: '5s', test: ['CMD', 'x'] })).toBe(165);
  expect(healthDeadline(null)).toBe(30);
});
