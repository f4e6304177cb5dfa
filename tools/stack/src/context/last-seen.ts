import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import type { Host } from '@ai-stack/core';
import type { Call } from './call';

/** An operator's own note of when a host was last reached from this machine; nothing depends on it but what is shown. */
interface Note {
  /** Another address under the same name is another machine. */
  address: string;
  when: string;
}

type Asker = Pick<Call, 'environment' | 'variables'>;

/** Notes that hosts were reached now. Never throws: a machine that keeps no notes works as well. */
export async function noteSeen(call: Asker, hosts: readonly Host[], now: Date): Promise<void> {
  const written = hosts.map(async (host) => {
    const file = noteFile(call, host);
    const note: Note = { address: host.address, when: now.toISOString() };
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, `${JSON.stringify(note)}\n`);
  });
  await Promise.allSettled(written);
}

/** When a host was last reached from this machine (ISO 8601); undefined: never, as far as it knows. */
export async function readLastSeen(call: Asker, host: Host): Promise<string | undefined> {
  try {
    const note = JSON.parse(await readFile(noteFile(call, host), 'utf8')) as Partial<Note>;
    const isTime = typeof note.when === 'string' && !Number.isNaN(Date.parse(note.when));
    return note.address === host.address && isTime ? note.when : undefined;
  } catch {
    return undefined;
  }
}

/** In the directory that programs keep their state in, by the XDG base directory specification. */
function noteFile({ environment, variables }: Asker, host: Host): string {
  const state = variables['XDG_STATE_HOME'] ?? '';
  const base = isAbsolute(state) ? state : join(homedir(), '.local/state');
  // Several checkouts of one machine may have an environment of the same name, with other machines in it.
  const name = `${host.name}@${encodeURIComponent(host.address)}.json`;
  return join(base, 'ai-stack/last-seen', environment, name);
}
