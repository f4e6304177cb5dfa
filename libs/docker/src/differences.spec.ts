import { describe, expect, it } from '@jest/globals';
import type { ContainerSettings } from '@ai-stack/core';
import { differencesOf } from './differences';
import type { ContainerFact } from './facts';
import { parseContainer } from './parse-facts';

const identity = { project: 'ai-qdrant', service: 'qdrant' };
const wanted: ContainerSettings = {
  networks: [
    { name: 'ai-stack', aliases: ['qdrant'] },
    { name: 'proxy', aliases: [] },
  ],
  ports: [{ address: '10.0.0.1', port: 6333, protocol: 'tcp' }],
  memoryBytes: 512 * 1024 ** 2,
  cpus: 1.5,
  restart: 'unless-stopped',
  openFiles: 65_536,
};
const settings: NonNullable<ContainerFact['settings']> = {
  aliases: { 'ai-stack': ['4f5c', 'qdrant'], proxy: ['qdrant'] },
  memoryBytes: 512 * 1024 ** 2,
  cpus: 1.5,
  restart: 'unless-stopped',
  openFiles: 65_536,
  otherLimits: [],
};
const fact = (changes: Partial<ContainerFact>): ContainerFact => ({
  ...parseContainer({ Id: 'c1', Image: 'q:1', ImageID: 'sha256:1', State: 'running' }),
  name: 'ai-qdrant-qdrant-1',
  networks: ['ai-stack', 'proxy'],
  ports: wanted.ports,
  settings,
  ...changes,
});

describe('differencesOf', () => {
  it.each<[string, Partial<ContainerFact>, string[]]>([
    ['nothing', {}, []],
    ['a successor that started first', { name: 'ai-qdrant-qdrant-12' }, []],
    ['nothing, not inspected', { settings: undefined }, []],
    ['a stopped one without ports', { state: 'exited', ports: [] }, []],
    [
      'a network that it left',
      { networks: ['proxy'], ports: [] },
      ['it is not in the network ai-stack', '10.0.0.1 6333/tcp is not published'],
    ],
    [
      'a network that it joined',
      { networks: ['ai-stack', 'other', 'proxy'] },
      ['it is in the network other, too'],
    ],
    [
      'a network that it left and joined again',
      { settings: { ...settings, aliases: { 'ai-stack': ['4f5c'], proxy: [] } } },
      ['it has no alias qdrant in the network ai-stack'],
    ],
    ['a new name', { name: 'vectors' }, ['its name is vectors, not ai-qdrant-qdrant-1']],
    [
      'docker update',
      {
        settings: {
          ...settings,
          memoryBytes: 1024,
          cpus: 0.5,
          restart: 'no',
          otherLimits: ['PidsLimit 10'],
        },
      },
      [
        'its memory limit is 1024 bytes, not 536870912',
        'its CPU limit is 0.5, not 1.5',
        'its restart policy is no, not unless-stopped',
        'it has the limit PidsLimit 10',
      ],
    ],
    [
      'a host that allowed fewer open files',
      { settings: { ...settings, openFiles: 20_000 } },
      ['its limit of open files is 20000, not 65536'],
    ],
    [
      'one that was made with those of the engine',
      { settings: { ...settings, openFiles: undefined } },
      ["its limit of open files is the engine's own, not 65536"],
    ],
    ['a kernel that knows no limits', { settings: { ...settings, memoryBytes: 0, cpus: 0 } }, []],
  ])('tells %s', (_what, changes, differences) => {
    expect(differencesOf(identity, fact(changes), wanted)).toEqual(differences);
  });

  it('does not compare open files with a release of an earlier version, which has none', () => {
    const earlier = { ...wanted };
    delete earlier.openFiles;
    const seen = fact({ settings: { ...settings, openFiles: 20_000 } });
    expect(differencesOf(identity, seen, earlier)).toEqual([]);
  });

  it('takes an IPv6 address in any form', () => {
    const ports = [{ address: 'FD00:0:0::1', port: 6333, protocol: 'tcp' as const }];
    const seen = fact({ ports: [{ address: 'fd00::1', port: 6333, protocol: 'tcp' }] });
    expect(differencesOf(identity, seen, { ...wanted, ports })).toEqual([]);
  });
});
