import { describe, expect, it } from '@jest/globals';
import type { ImageNeeds } from '@ai-stack/core';
import { compareImage, unseenIn } from './compare-image';
import type { ImageConfig } from './read-image';

const files = { service: 'notes', options: 'apps/notes/environments/home.yaml' };
const directory = { path: '/srv/docker/notes', mode: '0755', uid: 0, gid: 0 };
const needs: ImageNeeds = {
  ...{ entrypoints: ['/bin/notes'], command: 'serve', workingDirectory: '/app' },
  ...{ ports: ['8080/tcp'], mounts: ['/data'], writes: [directory] },
};
const image: ImageConfig = {
  ...{ digest: 'sha256:0', from: 'https://ghcr.io', platform: 'linux/amd64', otherPlatforms: [] },
  ...{ user: '', entrypoint: ['/bin/notes'], command: ['serve'], workingDirectory: '/app' },
  ...{ ports: ['8080/tcp'], volumes: ['/data'] },
};

describe('an image fits', () => {
  it.each<[string, Partial<ImageConfig>, Partial<ImageNeeds>]>([
    ['as it is assumed', {}, {}],
    ['whatever it has, where nothing is assumed', { entrypoint: ['x'], command: [] }, plain()],
    ['with another entrypoint that will do', { entrypoint: ['b'] }, { entrypoints: ['a', 'b'] }],
    ['without an entrypoint', { entrypoint: [] }, { entrypoints: ['none'] }],
    ['with a slash after its directory', { workingDirectory: '/app/' }, {}],
    ['without a directory', { workingDirectory: '' }, { workingDirectory: '/' }],
    ['as root by name', { user: 'root' }, {}],
    ['as root by number', { user: '0:0' }, {}],
    ['as the owner', { user: '1000' }, { writes: [{ ...directory, uid: 1000 }] }],
    ['in the group', { user: '7:9' }, { writes: [{ ...directory, gid: 9, mode: '0775' }] }],
    ['as anybody', { user: '7:9' }, { writes: [{ ...directory, mode: '0777' }] }],
    ['as another user who writes nothing', { user: '65532:65532' }, { writes: [] }],
    ['where the container sets the user', { user: '1000' }, { user: '0' }],
    ['when it exposes nothing', { ports: [] }, {}],
    ['when it exposes more', { ports: ['1/tcp', '8080/tcp'] }, {}],
    ['with a volume below a mount', { volumes: ['/data/a', '/data/'] }, {}],
  ])('%s', (_title, config, needed) => {
    expect(compareImage({ ...needs, ...needed }, { ...image, ...config }, files)).toEqual([]);
  });
});

describe('an image differs', () => {
  it.each<[Partial<ImageConfig>, Partial<ImageNeeds>, string, string, string, RegExp]>([
    [
      { user: '1000:1000' },
      {},
      'user',
      '1000:1000',
      `one who may write ${directory.path} (0:0, mode 0755)`,
      /home\.yaml.* uid and gid .*apps\/notes\/service\.ts/,
    ],
    [
      { user: '1000' },
      { writes: [{ ...directory, uid: 1000, mode: '0555' }] },
      'user',
      '1000',
      `one who may write ${directory.path} (1000:0, mode 0555)`,
      /uid/,
    ],
    [
      {},
      { user: '7' },
      'user',
      '7',
      `one who may write ${directory.path} (0:0, mode 0755)`,
      /user of the container/,
    ],
    [
      { entrypoint: ['tini', '--'] },
      { entrypoints: ['a', 'b c'] },
      'entrypoint',
      'tini --',
      'a or b c',
      /assumes\.entrypoints/,
    ],
    [{ entrypoint: [] }, {}, 'entrypoint', 'none', '/bin/notes', /home\.yaml/],
    [{ command: [] }, {}, 'command', 'none', 'serve', /assumes\.command/],
    [{ workingDirectory: '' }, {}, 'working directory', '/', '/app', /assumes\.workingDirectory/],
    [{ ports: ['80/tcp'] }, {}, 'port', '80/tcp', '8080/tcp', /apps\/notes\/service\.yaml/],
    [
      { volumes: ['/database'] },
      {},
      'volume',
      '/database',
      '/data',
      /mount a directory at \/database/,
    ],
  ])('%j, needed %j', (config, needed, what, found, expected, fix) => {
    const differences = compareImage({ ...needs, ...needed }, { ...image, ...config }, files);
    expect(differences).toEqual([{ what, found, expected, fix: expect.stringMatching(fix) }]);
  });

  it('in several things at once', () => {
    const config = { ...image, user: '5', entrypoint: [], command: [], ports: ['1/udp'] };
    const whats = compareImage(needs, config, files).map(({ what }) => what);
    expect(whats).toEqual(['user', 'entrypoint', 'command', 'port']);
  });
});

it('says what the configuration of an image does not show', () => {
  const named = { ...image, user: 'nobody' };
  expect(compareImage(needs, named, files)).toEqual([]);
  expect(unseenIn({ ...needs, healthProgram: 'curl' }, named)).toEqual([
    'whether curl is in it, which the health check runs',
    `the number of its user nobody, who writes ${directory.path}`,
  ]);
  expect(unseenIn({ ...needs, writes: [] }, named)).toEqual([]);
  expect(unseenIn(needs, image)).toEqual([]);
});

function plain(): object {
  return { entrypoints: undefined, command: undefined, workingDirectory: undefined };
}
