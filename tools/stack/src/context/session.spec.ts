import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Host } from '@ai-stack/core';
import { noteSeen, readLastSeen } from './last-seen';
import { hostsConcerned, withSession } from './session';
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

describe('a host that does not answer', () => {
  const directory = mkdtempSync(join(tmpdir(), 'last-seen-'));
  afterAll(() => rmSync(directory, { recursive: true }));
  const call = { root: directory, environment: 'lab', variables: { XDG_STATE_HOME: directory } };
  const when = new Date('2026-11-20T08:00:00Z');
  // Nothing listens on port 1.
  const off = (): Host => ({ ...host('trusted'), address: '127.0.0.1', ssh: { port: 1 } });
  const host = (name: string): Host => {
    const match = stack.environment.hosts.find((candidate) => candidate.name === name);
    if (match === undefined) throw new Error(`no host ${name}`);
    return match;
  };

  it('is told with when it was seen last', async () => {
    await noteSeen(call, [off()], when);
    const session = { required: [], wanted: [off()] };
    const [unreachable] = await withSession(call, session, (opened) =>
      Promise.resolve(opened.unreachable),
    );
    expect(unreachable).toMatchObject({ host: 'trusted', lastSeen: when.toISOString() });
    expect(unreachable?.errors[0]?.what).toMatch(/nothing listens on its SSH port/);
  });

  it('was not seen when another machine had its name', async () => {
    await noteSeen(call, [off()], when);
    expect(await readLastSeen(call, { ...off(), address: '127.0.0.2' })).toBeUndefined();
    expect(await readLastSeen({ ...call, environment: 'prod' }, off())).toBeUndefined();
  });

  it('was seen last by its own checkout, although another has a host of the same name', async () => {
    await noteSeen(call, [off()], when);
    await noteSeen(call, [{ ...off(), address: '127.0.0.2' }], new Date());
    expect(await readLastSeen(call, off())).toBe(when.toISOString());
  });

  it('needs no place for notes', async () => {
    const nowhere = { ...call, variables: { XDG_STATE_HOME: '/dev/null' } };
    await noteSeen(nowhere, [off()], when);
    expect(await readLastSeen(nowhere, off())).toBeUndefined();
  });
});
