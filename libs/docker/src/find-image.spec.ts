import { describe, expect, it } from '@jest/globals';
import { findImage } from './find-image';

const digest = `sha256:${'a'.repeat(64)}`;
const images = [
  { id: 'hub', tags: ['redis:7.0.0'], digests: [`redis@${digest}`] },
  { id: 'other', tags: ['registry.test:5000/a/b:1.0.0'], digests: [] },
];

describe('findImage', () => {
  it.each([
    ['redis:7.0.0', 'hub'],
    ['docker.io/library/redis:7.0.0', 'hub'],
    [`redis:6.0.0@${digest}`, 'hub'],
    ['registry.test:5000/a/b:1.0.0', 'other'],
    [`registry.test:5000/a/b:1.0.0@${digest}`, undefined],
    ['b:1.0.0', undefined],
    ['redis:7.0.1', undefined],
  ])('%s is %s', (reference, id) => {
    expect(findImage(images, reference)?.id).toBe(id);
  });
});
