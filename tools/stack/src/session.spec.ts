import { beforeAll, describe, expect, it } from '@jest/globals';
import { hostsConcerned } from './session';
import { readStack, selectReleases, type Stack } from './stack';

let stack: Stack;
beforeAll(async () => {
  stack = await readStack(process.cwd(), 'lab', {});
});

const select = (...services: string[]) => selectReleases(stack, { services, hosts: [] });

describe('hostsConcerned', () => {
  it.each([
    [['qdrant'], ['management']],
    // It consumes Qdrant's key, which lives on the other host.
    [['open-webui'], ['management', 'trusted']],
    [['dns'], ['trusted']],
  ])('of %j are %j', (services, hosts) => {
    expect(hostsConcerned(stack, select(...services)).map(({ name }) => name)).toEqual(hosts);
  });
});

describe('selectReleases', () => {
  it('takes everything when nothing is named, in the order of needs', () => {
    const names = select().map(({ service }) => service);
    const placed = stack.environment.hosts.flatMap(({ services }) => services);
    expect([...names].sort()).toEqual(placed.sort());
    expect(names.indexOf('litellm')).toBeGreaterThan(names.indexOf('dns'));
    expect(names.indexOf('litellm')).toBeGreaterThan(names.indexOf('ollama'));
    expect(names.indexOf('open-webui')).toBeGreaterThan(names.indexOf('qdrant'));
  });
});
