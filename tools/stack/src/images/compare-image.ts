import type { ImageNeeds } from '@ai-stack/core';
import type { ImageDifference } from '@ai-stack/report';
import type { ImageConfig } from './read-image';

/** The files that hold the keys, from the workspace root. */
export interface KeyFiles {
  service: string;
  /** `apps/<service>/environments/<env>.yaml` */
  options: string;
}

/** What of an image's configuration does not fit a container. Pure. */
export function compareImage(
  needs: ImageNeeds,
  image: ImageConfig,
  files: KeyFiles,
): ImageDifference[] {
  return [
    ...compareUser(needs, image, files),
    ...compareStart(needs, image, files),
    ...comparePorts(needs, image, files),
    ...compareVolumes(needs, image, files),
  ];
}

/** What cannot be compared, because only the layers of the image, or the container, would show it. Pure. */
export function unseenIn(
  { healthProgram, writes, user }: ImageNeeds,
  image: ImageConfig,
): string[] {
  const runsAs = user ?? image.user;
  return [
    ...(healthProgram === undefined
      ? []
      : [`whether ${healthProgram} is in it, which the health check runs`]),
    ...(writes.length > 0 && numbersOf(runsAs) === undefined
      ? [`the number of its user ${runsAs}, who writes ${pathsOf(writes)}`]
      : []),
  ];
}

function compareUser({ user, writes }: ImageNeeds, image: ImageConfig, files: KeyFiles) {
  const runsAs = user ?? image.user;
  const numbers = numbersOf(runsAs);
  if (numbers === undefined) return [];
  const closed = writes.filter((directory) => !mayWrite(numbers, directory));
  const [first] = closed;
  if (first === undefined) return [];
  return [
    {
      what: 'user' as const,
      expected: `one who may write ${pathsOf(closed)} (${first.uid}:${first.gid}, mode ${first.mode})`,
      found: runsAs,
      fix:
        `choose an image that runs as ${first.uid}:${first.gid} (image in ${files.options}), ` +
        `or set uid and gid of these directories, or user of the container, in ${definitionOf(files)}`,
    },
  ];
}

/** Numbers of a user as an image names it; undefined: a name, whose number only the image's own files have. */
function numbersOf(user: string): { uid: number; gid: number } | undefined {
  const [name = '', group] = user.split(':');
  const uid = name === '' || name === 'root' ? 0 : /^\d+$/.test(name) ? Number(name) : undefined;
  if (uid === undefined) return undefined;
  // Without a group it is the user's own, and root's for a number that no user of the image has.
  return { uid, gid: group !== undefined && /^\d+$/.test(group) ? Number(group) : 0 };
}

function mayWrite(
  { uid, gid }: { uid: number; gid: number },
  directory: ImageNeeds['writes'][number],
): boolean {
  const mode = parseInt(directory.mode, 8);
  if (uid === 0) return true;
  if (uid === directory.uid) return (mode & 0o200) !== 0;
  return (mode & (gid === directory.gid ? 0o020 : 0o002)) !== 0;
}

function compareStart(needs: ImageNeeds, image: ImageConfig, files: KeyFiles) {
  const { entrypoints, command, workingDirectory } = needs;
  const actual = {
    entrypoint: textOf(image.entrypoint),
    command: textOf(image.command),
    // What the image does not set is the root.
    directory: image.workingDirectory.replace(/(?<=.)\/+$/, '') || '/',
  };
  const differences: ImageDifference[] = [];
  const add = (what: ImageDifference['what'], expected: string, actualText: string, keys: string) =>
    differences.push({
      ...{ what, expected, found: actualText },
      fix: `choose another image in ${files.options}, or change ${keys} in ${definitionOf(files)}`,
    });
  if (entrypoints !== undefined && !entrypoints.includes(actual.entrypoint))
    add(
      'entrypoint',
      entrypoints.join(' or '),
      actual.entrypoint,
      'command and assumes.entrypoints',
    );
  if (command !== undefined && command !== actual.command)
    add('command', command, actual.command, 'command and assumes.command');
  if (workingDirectory !== undefined && workingDirectory !== actual.directory)
    add(
      'working directory',
      workingDirectory,
      actual.directory,
      'command, the targets of mounts and assumes.workingDirectory',
    );
  return differences;
}

/** An image that exposes nothing says nothing about its ports. */
function comparePorts({ ports }: ImageNeeds, image: ImageConfig, files: KeyFiles) {
  if (image.ports.length === 0) return [];
  return ports
    .filter((port) => !image.ports.includes(port))
    .map((port) => ({
      what: 'port' as const,
      expected: port,
      found: image.ports.join(', '),
      fix: `set port of the endpoint in apps/${files.service}/service.yaml, or make the program listen there, in ${definitionOf(files)}`,
    }));
}

/** What the image keeps in a volume, and nothing mounts, goes into a volume without a name: gone with the container. */
function compareVolumes({ mounts }: ImageNeeds, image: ImageConfig, files: KeyFiles) {
  return image.volumes
    .filter((volume) => !mounts.some((target) => isBelow(volume, target)))
    .map((volume) => ({
      what: 'volume' as const,
      expected: mounts.join(', ') || 'none',
      found: volume,
      fix: `mount a directory at ${volume} (mounts in ${definitionOf(files)}): what is written there is lost with the container`,
    }));
}

function isBelow(path: string, directory: string): boolean {
  return path === directory || path.startsWith(`${directory.replace(/\/$/, '')}/`);
}

function textOf(words: readonly string[]): string {
  return words.join(' ') || 'none';
}

function pathsOf(directories: ImageNeeds['writes']): string {
  return directories.map(({ path }) => path).join(', ');
}

function definitionOf({ service }: KeyFiles): string {
  return `apps/${service}/service.ts`;
}
