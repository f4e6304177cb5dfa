import { expect, it } from '@jest/globals';
import { definitions, labEnvironment } from '@ai-stack/testing/sample-environment';
import { renderManifest } from './write-tree';
import { renderStack } from './render-service';

const releases = renderStack(labEnvironment(), definitions);
const needsOf = (service: string) =>
  releases.find((release) => release.service === service)?.imageNeeds?.[service];

it('says what each container needs of its image', () => {
  expect(needsOf('qdrant')).toEqual({
    ...{ entrypoints: ['none'], workingDirectory: '/qdrant', ports: ['6333/tcp'] },
    mounts: ['/qdrant/storage', '/qdrant/snapshots'],
    writes: ['storage', 'snapshots'].map((part) => ({
      ...{ path: `/srv/docker/qdrant/${part}`, mode: '0755', uid: 0, gid: 0 },
    })),
    healthProgram: 'bash',
  });
  // Its port is set by its own Corefile, it writes nothing, and has no health check.
  expect(needsOf('dns')).toEqual({
    ...{ entrypoints: ['/coredns'], ports: [], writes: [] },
    mounts: ['/etc/coredns/config', '/etc/coredns/zones'],
  });
  expect(needsOf('litellm')).toMatchObject({ ports: ['4000/tcp'], writes: [] });
  expect(needsOf('open-webui')).toMatchObject({ ports: ['8080/tcp'], command: 'bash start.sh' });
});

it('is not a part of a release on a host', () => {
  for (const release of releases) {
    expect(renderManifest(release)).not.toMatch(/imageNeeds|entrypoints/);
    expect(release.imageNeeds).toBeDefined();
  }
});
