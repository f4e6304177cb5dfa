import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dnsSchema, type Host } from '@ai-stack/core';
import { noteSeen, readLastSeen } from './last-seen';
import { hostsConcerned, withSession } from './session';
import { readStack, selectReleases, selectVerified, unplacedProbes, type Stack } from './stack';

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

describe('with a DNS server of the operator', () => {
  const all = { services: [], hosts: [] };
  const dns = { services: ['dns'], hosts: [] };
  const elsewhere = (): Stack => {
    const { environment, releases } = stack;
    const hosts = environment.hosts.map((host) => ({
      ...host,
      services: host.services.filter((service) => service !== 'dns'),
    }));
    return {
      ...stack,
      environment: {
        ...environment,
        hosts,
        dns: dnsSchema.parse({ mode: 'none', server: '192.0.2.53' }),
      },
      releases: releases.filter(({ service }) => service !== 'dns'),
    };
  };

  it('verify of dns asks that server, and needs no release', () => {
    expect(selectVerified(elsewhere(), dns)).toEqual([]);
    const asked = unplacedProbes(elsewhere(), dns);
    expect(asked.length).toBeGreaterThan(6);
    expect(unplacedProbes(elsewhere(), all)).toEqual(asked);
    const from = unplacedProbes(elsewhere(), { ...dns, hosts: ['trusted'] });
    expect(new Set(from.map(({ vantage }) => vantage))).toEqual(new Set(['host:trusted']));
    expect(unplacedProbes(elsewhere(), { ...dns, services: ['litellm'] })).toEqual([]);
  });

  it('a deploy of dns alone is refused with what to do instead', () => {
    expect(() => selectReleases(elsewhere(), dns)).toThrow(
      /dns is not placed on any host: with mode: none the server 192\.0\.2\.53 has the records/,
    );
    expect(selectReleases(elsewhere(), all).length).toBeGreaterThan(3);
  });

  it('verify of another service that is not placed is refused as ever', () => {
    const { environment, releases } = stack;
    const hosts = environment.hosts.map((host) => ({ ...host, services: ['dns'] }));
    const few = {
      ...stack,
      environment: { ...environment, hosts },
      releases: releases.slice(0, 1),
    };
    expect(() => selectVerified(few, { services: ['qdrant'], hosts: [] })).toThrow(
      /qdrant is not placed on any host/,
    );
    expect(unplacedProbes(few, all)).toEqual([]);
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
