import { describe, expect, it } from '@jest/globals';
import { StackError, type Release } from '@ai-stack/core';
import type { Connection } from '@ai-stack/ssh';
import { askReleases } from './ask-releases';

const now = new Date('2026-11-28T11:00:00Z');
const placed = [
  ['dns', 'trusted'],
  ['qdrant', 'management'],
  ['ollama', 'management'],
] as const;
const releases = placed.map(([service, host]) => ({ service, host }) as Release);
const reached = (...hosts: string[]) =>
  new Map(hosts.map((host) => [host, { host } as Connection]));
const off = { host: 'management', errors: [new StackError('off')], lastSeen: undefined };

describe('askReleases', () => {
  it('has the answers of the hosts that were reached, and names the other', async () => {
    const session = { connections: reached('trusted'), unreachable: [off] };
    const ask = ({ service }: Release, { host }: Connection) =>
      Promise.resolve(`${service}@${host}`);
    expect(await askReleases(releases, session, ask, now)).toEqual({
      answers: ['dns@trusted'],
      unreachable: [off],
    });
  });

  it('keeps the answers when a host fails while it is asked, and all its errors', async () => {
    const session = { connections: reached('trusted', 'management'), unreachable: [] };
    const ask = ({ service, host }: Release) =>
      host === 'trusted'
        ? Promise.resolve(service)
        : Promise.reject(new StackError(`${service} was cut off`));
    const { answers, unreachable } = await askReleases(releases, session, ask, now);
    expect(answers).toEqual(['dns']);
    expect(unreachable).toHaveLength(1);
    expect(unreachable[0]).toMatchObject({ host: 'management', lastSeen: now.toISOString() });
    expect(unreachable[0]?.errors.map(({ what }) => what)).toEqual([
      'qdrant was cut off',
      'ollama was cut off',
    ]);
  });
});
