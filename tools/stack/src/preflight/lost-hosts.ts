import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { PreflightFinding, Release } from '@ai-stack/core';
import type { HostFacts } from '@ai-stack/deploy';
import { execa } from 'execa';
import { parse } from 'yaml';
import type { Call } from '../context/call';

/** A host whose file the inventory no longer has, as a commit has it. */
export interface LostHost {
  name: string;
  /** What was placed there. */
  services: string[];
  commit: string;
  /** From the workspace root. */
  file: string;
}

type Asker = Pick<Call, 'root' | 'environment'>;

/**
 * The hosts that the inventory had when the stack was deployed, or has in the last commit, and of which there is no file
 * now. Nobody logs in to them any more, so only the history can tell what runs there. Empty without a repository.
 */
export async function readLostHosts(call: Asker, facts: readonly HostFacts[]): Promise<LostHost[]> {
  const folder = `libs/inventory/environments/${call.environment}/hosts`;
  const lost = new Map<string, LostHost>();
  for (const commit of ['HEAD', ...recordedCommits(call.environment, facts)]) {
    const files = await git(call, 'ls-tree', '--name-only', commit, '--', `${folder}/`);
    for (const file of files.split('\n').filter((one) => one.endsWith('.yaml'))) {
      const name = basename(file, '.yaml');
      if (lost.has(name) || existsSync(join(call.root, file))) continue;
      const services = servicesIn(await git(call, 'show', `${commit}:./${file}`));
      lost.set(name, { name, services, commit, file });
    }
  }
  return [...lost.values()].sort((one, other) => (one.name < other.name ? -1 : 1));
}

/** The commits for which the hosts say that they were deployed, newest records first. */
export function recordedCommits(environment: string, facts: readonly HostFacts[]): string[] {
  const records = facts
    .flatMap(({ services }) => Object.values(services))
    .filter(({ current }) => current?.environment === environment)
    .flatMap(({ current, converged }) => [current, converged])
    .filter((record) => record !== undefined)
    .sort((one, other) => (one.when < other.when ? 1 : -1));
  const commits = records.flatMap(({ commit }) => (commit === null ? [] : [commit]));
  // What a host says goes into a command.
  return [...new Set(commits)].filter((commit) => /^[0-9a-f]{7,64}$/.test(commit));
}

/** Says which hosts are lost, and refuses to begin anew, without its data, a service that has data on one of them. */
export function refuseLostHosts(call: Asker, note: (text: string) => void) {
  return async (
    busy: readonly Release[],
    facts: readonly HostFacts[],
  ): Promise<PreflightFinding[]> => {
    const lost = await readLostHosts(call, facts);
    for (const { name, services, commit, file } of lost) {
      const runs = services.length === 0 ? 'nothing' : services.join(', ');
      note(
        `host ${name} is no longer in the inventory; ${runs} was placed there, and what runs there goes on. ` +
          `To take it down: git checkout ${commit} -- ${file}, then services: [] in it, then deploy`,
      );
    }
    return findMoves(busy, facts, lost);
  };
}

/** The same as the guard of a move: data stays where it is, so a service with data must not start empty elsewhere. Pure. */
export function findMoves(
  busy: readonly Release[],
  facts: readonly HostFacts[],
  lost: readonly LostHost[],
): PreflightFinding[] {
  return busy.flatMap(({ service, host, directories }) => {
    const isNew = facts.every(
      (one) => one.host !== host || one.services[service]?.current === undefined,
    );
    if (!isNew || !directories.some(({ purpose }) => purpose === 'data')) return [];
    return lost
      .filter(({ services }) => services.includes(service))
      .map(({ name, commit, file }) => ({
        service,
        host,
        blocked: {
          guard: 'move-with-data',
          reason: `${service} was placed on ${name}, which is no longer in the inventory: its data is there, and cannot move to ${host} yet`,
          fix: `git checkout ${commit} -- ${file}, and place ${service} on ${name} again`,
        },
      }));
  });
}

function servicesIn(text: string): string[] {
  try {
    const { services } = parse(text) as { services?: unknown };
    return Array.isArray(services) ? services.map(String) : [];
  } catch {
    return [];
  }
}

/** What git prints; nothing where it cannot. */
async function git({ root }: Asker, ...args: string[]): Promise<string> {
  const ran = await execa('git', ['-C', root, ...args], { reject: false, stdin: 'ignore' });
  return ran.exitCode === 0 ? ran.stdout : '';
}
