import { describe, expect, it } from '@jest/globals';
import type { Release } from '@ai-stack/core';
import type { Manifest } from '../state-files';
import { migrationsBetween } from './migration';
import { sampleRelease } from '../../fixtures/sample-release';

type MigrationPolicy = Release['migration'];

function between(policy: MigrationPolicy, before: string, after: string): string {
  const [container] = sampleRelease().containers;
  const wanted = sampleRelease({
    migration: policy,
    containers: [{ ...container!, image: `example/one:${after}` }],
  });
  const recorded = { containers: [{ name: container!.name, image: `example/one:${before}` }] };
  return migrationsBetween(recorded as unknown as Manifest, wanted)
    .map(({ isDown, isWide }) => `${isDown ? 'down' : 'up'}${isWide ? ' wide' : ''}`)
    .join();
}

describe('migrationsBetween', () => {
  it.each<[MigrationPolicy, string, string, string]>([
    ['none', '1.2.3', '2.0.0', ''],
    ['any-version', '1.2.3', '1.2.3', ''],
    ['any-version', '1.2.3', '1.2.4', 'up'],
    ['any-version', 'v0.12.4', 'v0.11.3', 'down'],
    ['any-version', '1.2.4', '1.2.3', 'down'],
    ['any-version', '1.2.3', '1.4.0', 'up wide'],
    ['each-minor', 'v1.19.0', 'v1.19.4', ''],
    ['each-minor', 'v1.19.4', 'v1.19.0', ''],
    ['each-minor', 'v1.18.0', 'v1.19.0', 'up'],
    ['each-minor', 'v1.17.0', 'v1.19.0', 'up wide'],
    ['each-minor', 'v1.19.0', 'v2.0.0', 'up wide'],
    ['each-minor', 'v1.19.0', 'v1.18.2', 'down'],
    ['each-minor', '1.19.0@sha256:ab', '1.20.1-unprivileged@sha256:cd', 'up'],
    ['each-minor', 'main', 'v1.19.0', 'down wide'],
    ['any-version', '1.2', '1.3', 'up'],
    ['any-version', '1.9.0', '1.10.0', 'up'],
    ['any-version', '2024-01-01', '2024-02-01', 'down wide'],
    ['any-version', '1.2.3-cpu', '1.2.3-gpu', ''],
  ])('%s: from %s to %s: %s', (policy, before, after, step) => {
    expect(between(policy, before, after)).toBe(step);
  });

  it('looks at containers that were there before', () => {
    const wanted = sampleRelease({ migration: 'any-version' });
    expect(migrationsBetween({ containers: [] } as unknown as Manifest, wanted)).toEqual([]);
  });
});
