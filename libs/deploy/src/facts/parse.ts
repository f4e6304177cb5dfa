import { createHash } from 'node:crypto';
import { clockSkewOf, Secret, StackError, throwAll, type ClockReading } from '@ai-stack/core';
import type { EngineFacts } from '@ai-stack/docker';
import { z } from 'zod';
import { describeOwner } from '../lock/owner';
import type { HostDetails, HostFacts, PathFact, ServiceFacts } from './host-facts';
import {
  convergedSchema,
  holdSchema,
  journalSchema,
  manifestSchema,
  parseState,
  type Hold,
} from '../state-files';
import { parseListening } from './listening';

const gibibyte = 1024 ** 3;

interface Frame {
  name: string;
  body: string;
  /** Only of `contents`: the bytes of each file. */
  files?: Map<string, Buffer>;
}

/**
 * Reads the answer of `factsScript`; `asked` is this machine's clock before and after. Throws a StackError when it is cut
 * off or when something was not readable.
 */
export function parseHostFacts(
  host: string,
  roots: readonly [stackRoot: string, dataRoot: string, dockerRoot: string],
  answer: string,
  engine: EngineFacts,
  asked?: Pick<ClockReading, 'sentMs' | 'receivedMs'>,
): HostFacts {
  const [stackRoot] = roots;
  const frames = parseFrames(host, answer);
  const bodies = (name: string): string[] =>
    frames.filter((frame) => frame.name === name).map((frame) => frame.body);
  const lines = (name: string): string[] => bodies(name).flatMap(linesOf);
  refuseDenied(host, lines('denied'));
  const files =
    frames.find((frame) => frame.name === 'contents')?.files ?? new Map<string, Buffer>();
  const space = lines('space').map((line) => line.split(' ').map(Number));
  const clockSeconds = Number(bodies('clock')[0]);
  const openFiles = Number(bodies('files')[0] ?? '');
  const clockSkew = asked && clockSkewOf({ ...asked, readMs: clockSeconds * 1000, unitMs: 1000 });
  return {
    host,
    engine,
    clockSeconds,
    ...(clockSkew !== undefined && { clockSkew }),
    ...(openFiles > 0 && { openFilesLimit: openFiles }),
    memoryGiB: (Number(bodies('memory')[0]) * 1024) / gibibyte,
    ...parseLateAddresses(bodies('late')[0]),
    freeGiB: Object.fromEntries(
      roots.map((path, at) => {
        const [blocks = NaN, size = NaN] = space[at] ?? [];
        return [path, (blocks * size) / gibibyte];
      }),
    ),
    strayFiles: lines('strays'),
    hasHandMadeStack: bodies('handmade').length > 0,
    hold: parseHold(bodies('hold')[0]),
    listening: parseListening(lines('listening')),
    services: parseServices(
      host,
      stackRoot,
      lines('services'),
      files,
      parseRunning(bodies('running')),
    ),
    paths: parsePaths(lines('stat'), lines('sha256'), new Set(lines('empty'))),
    contents: parseContents(stackRoot, files),
  };
}

/** Reads the answer of `detailsScript`. */
export function parseHostDetails(answer: string): HostDetails {
  const lines = linesOf(answer);
  const version = lines
    .findLast((line) => line.startsWith('compose '))
    ?.slice(8)
    .trim();
  const gpus = lines
    .map((line) => /^gpu (\d+), (\S+), (\d+)/.exec(line))
    .filter((match) => match !== null)
    .map(([, index = '', uuid = '', mebibytes]) => ({
      index,
      uuid,
      memoryGiB: Number(mebibytes) / 1024,
    }));
  const [gpuDriver] = lines.flatMap((line) => /^gpu .*, (\d+(?:\.\d+)+)$/.exec(line)?.[1] ?? []);
  return {
    composeVersion: version === '' ? undefined : version,
    gpus,
    ...(gpuDriver !== undefined && { gpuDriver }),
  };
}

function parseFrames(host: string, answer: string): Frame[] {
  const [, encoded] = answer.split(/^ai-stack-facts-1\r?\n/m);
  const bytes = Buffer.from(encoded ?? '', 'base64');
  const frames: Frame[] = [];
  let at = 0;
  while (at < bytes.length) {
    const end = bytes.indexOf(10, at);
    const [, name, size] = /^([a-z0-9]+) (\d+)$/.exec(bytes.toString('utf8', at, end)) ?? [];
    if (end < 0 || name === undefined) break;
    const start = end + 1;
    const frame: Frame = { name, body: bytes.toString('utf8', start, start + Number(size)) };
    at = start + Number(size) + 1;
    if (name === 'contents') {
      const taken = takeFiles(bytes, at, linesOf(frame.body));
      frame.files = taken.files;
      at = taken.end;
    }
    frames.push(frame);
  }
  if (frames.at(-1)?.name === 'end') return frames;
  throw new StackError('its facts arrived incomplete, or changed while they were read', {
    where: { host },
    fix: 'try again',
  });
}

/** Cuts the concatenated files apart by their sizes; a file that changed in between spoils what follows. */
function takeFiles(
  bytes: Buffer,
  from: number,
  listing: string[],
): { files: Map<string, Buffer>; end: number } {
  const files = new Map<string, Buffer>();
  let at = from;
  for (const line of listing) {
    const space = line.indexOf(' ');
    const size = Number(line.slice(0, space));
    files.set(line.slice(space + 1), bytes.subarray(at, at + size));
    at += size;
  }
  return { files, end: at + 1 };
}

function refuseDenied(host: string, denied: string[]): void {
  if (denied.length === 0) return;
  throw new StackError(`cannot read ${[...new Set(denied)].join(', ')}`, {
    where: { host },
    fix: "set ssh: { sudo: true } in the host's file, with a user who may run sudo without a password there, or log in as root (ssh.user)",
  });
}

/** What a later version of this program wrote must not be taken for damaged, and be written over. */
function newerRecord(
  host: string,
  path: string,
  read: (path: string) => string | undefined,
): StackError[] {
  const version = parseState(z.object({ version: z.number() }), read(path) ?? '')?.version ?? 1;
  if (version <= 1) return [];
  return [
    new StackError(`${path} has version ${version}; this program reads only version 1`, {
      where: { host },
      fix: 'deploy with the version of this workspace that wrote it, or a later one',
    }),
  ];
}

function parseServices(
  host: string,
  stackRoot: string,
  names: string[],
  files: Map<string, Buffer>,
  running: ReadonlyMap<string, string>,
): Record<string, ServiceFacts> {
  const read = (path: string): string | undefined => files.get(path)?.toString('utf8');
  throwAll(
    names.flatMap((name) => newerRecord(host, `${stackRoot}/${name}/.stack/current.json`, read)),
  );
  return Object.fromEntries(
    names.sort().map((name) => {
      const directory = `${stackRoot}/${name}`;
      const env = files.get(`${directory}/.env`);
      const state = (file: string): string => read(`${directory}/.stack/${file}`) ?? '';
      return [
        name,
        {
          current: parseState(manifestSchema, state('current.json')),
          journal: parseState(journalSchema, state('pending.json')),
          ...(running.has(name) && { running: running.get(name) }),
          converged: parseState(convergedSchema, state('converged.json')),
          env: env && new Secret(env.toString('utf8')),
          fence: Number(/^\d+/.exec(state('fence'))?.[0] ?? 0),
          envSha256: env && createHash('sha256').update(env).digest('hex'),
        },
      ];
    }),
  );
}

/** The services that are locked, each with the owner of its lock. */
function parseRunning(bodies: string[]): Map<string, string> {
  return new Map(
    bodies.map((body): [string, string] => {
      const end = body.indexOf('\n');
      return [body.slice(0, end), describeOwner(body.slice(end + 1))];
    }),
  );
}

function parseLateAddresses(text: string | undefined): Pick<HostFacts, 'bindsLateAddresses'> {
  if (text === undefined) return {};
  const isOn = (family: string) => text.split(' ').includes(`${family}=1`);
  return { bindsLateAddresses: { ipv4: isOn('ipv4'), ipv6: isOn('ipv6') } };
}

/** A hold that cannot be read is still a hold. */
function parseHold(text: string | undefined): Hold | undefined {
  if (text === undefined) return undefined;
  const unknown = {
    who: 'another operator',
    when: 'an unknown time',
    why: 'the reason cannot be read',
  };
  return parseState(holdSchema, text) ?? unknown;
}

/** All contents but those of `.env` and of the state files, which are parsed already. */
function parseContents(stackRoot: string, files: Map<string, Buffer>): Record<string, string> {
  const isState = (path: string): boolean =>
    path.startsWith(`${stackRoot}/`) && (path.endsWith('/.env') || path.includes('/.stack/'));
  return Object.fromEntries(
    [...files]
      .filter(([path]) => !isState(path))
      .map(([path, bytes]) => [path, bytes.toString('utf8')]),
  );
}

function parsePaths(
  stats: string[],
  sums: string[],
  empty: ReadonlySet<string>,
): Record<string, PathFact> {
  const hashes = new Map(sums.map((line) => [line.slice(66), line.slice(0, 64)]));
  const facts: Record<string, PathFact> = {};
  for (const line of stats) {
    const [, hex = '', uid, gid, path = ''] = /^([0-9a-f]+) (\d+) (\d+) (.*)$/.exec(line) ?? [];
    const bits = parseInt(hex, 16);
    const owned = {
      mode: (bits & 0o7777).toString(8).padStart(4, '0'),
      uid: Number(uid),
      gid: Number(gid),
    };
    const sha256 = hashes.get(path);
    // S_IFDIR
    if ((bits & 0o170000) === 0o040000) {
      facts[path] = { kind: 'directory', ...owned, isEmpty: empty.has(path) };
    } else if (sha256 !== undefined) facts[path] = { kind: 'file', ...owned, sha256 };
    else facts[path] = { kind: 'other', ...owned };
  }
  return facts;
}

function linesOf(text: string): string[] {
  return text.split(/\r?\n/).filter((line) => line !== '');
}
