import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { homedir, tmpdir, userInfo } from 'node:os';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { StackError, type Host } from '@ai-stack/core';
import { masterArguments, type OpenOptions } from './arguments';

/**
 * The longest directory under which the socket of a connection has room: 104 bytes on some systems, less OpenSSH's 17.
 */
const longestBase = 40;

/** The operator's directory of kept connections, made when it is missing. Throws when others could reach into it. */
export function keptDirectory(): string {
  const { uid } = userInfo();
  const candidates = [process.env['XDG_RUNTIME_DIR'], tmpdir()].filter(
    (path) => path !== undefined,
  );
  const base =
    candidates.find(
      (path) => isAbsolute(path) && path.length <= longestBase && !path.includes('%'),
    ) ?? '/tmp';
  const directory = join(base, `ai-stack-ssh-${uid}`);
  try {
    mkdirSync(directory, { mode: 0o700 });
  } catch (error) {
    if ((error as { code?: string }).code !== 'EEXIST') throw error;
  }
  const stats = lstatSync(directory);
  if (stats.isDirectory() && stats.uid === uid && (stats.mode & 0o077) === 0) return directory;
  throw new StackError(
    `${directory} is not a directory that only you can use; connections are not kept there`,
    {
      fix: `remove it, or leave out ssh.keepOpen in environment.yaml`,
    },
  );
}

/**
 * A name for all that decides where a connection leads and whether it is trusted: what we say, what the operator's ssh
 * configuration says, and the keys of hosts that are known. Another answer to any of them is another name.
 */
export function keptName(host: Host, options: OpenOptions): string {
  const own = options.configFile;
  const configs = own === undefined ? ['~/.ssh/config', '/etc/ssh/ssh_config'] : [own];
  const hostKeyFiles =
    host.ssh.knownHosts === undefined
      ? ['~/.ssh/known_hosts', '~/.ssh/known_hosts2']
      : [join(options.root, host.ssh.knownHosts)];
  const global = ['/etc/ssh/ssh_known_hosts', '/etc/ssh/ssh_known_hosts2'];
  const files = [...configs.flatMap((file) => withIncludes(file, 0)), ...hostKeyFiles, ...global];
  const hash = createHash('sha256');
  hash.update(JSON.stringify(masterArguments(host, '', { ...options, hostKeyAlias: undefined })));
  for (const file of files) hash.update(JSON.stringify([file, readIfThere(file)]));
  return hash.digest('hex').slice(0, 24);
}

/** A configuration file and those that it includes; patterns count in the last part of a path. */
function withIncludes(file: string, depth: number): string[] {
  const text = readIfThere(file);
  if (text === null || depth > 8) return [file];
  const base = file.startsWith('/etc/') ? '/etc/ssh' : '~/.ssh';
  const patterns = [...text.matchAll(/^\s*include[\s=]+(.+)$/gim)].flatMap(([, list = '']) =>
    list.replaceAll('"', '').trim().split(/\s+/),
  );
  const included = patterns.flatMap((pattern) =>
    matching(/^[/~]/.test(pattern) ? pattern : `${base}/${pattern}`),
  );
  return [file, ...included.flatMap((path) => withIncludes(path, depth + 1))];
}

function matching(path: string): string[] {
  if (!/[*?]/.test(path)) return [path];
  const source = basename(path)
    .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  const pattern = new RegExp(`^${source}$`);
  try {
    const names = readdirSync(atHome(dirname(path))).filter((name) => pattern.test(name));
    return names.sort().map((name) => join(dirname(path), name));
  } catch {
    return [path];
  }
}

const atHome = (path: string): string => path.replace(/^~(?=\/)/, homedir());

function readIfThere(file: string): string | null {
  try {
    return readFileSync(atHome(file), 'utf8');
  } catch {
    return null;
  }
}
