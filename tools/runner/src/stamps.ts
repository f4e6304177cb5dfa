import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * Remembers which check passed on which files. With rules that know types an edit of one file makes errors in others,
 * which a cache by file would hide. Here all files are the key, so a check is left out only when every byte that it can
 * see is as it was when it passed. Only what passed is remembered.
 */
export class Stamps {
  readonly #key: string;

  /** The directory is one that git ignores; programs are what the checks run apart from Node and the packages. */
  constructor(
    readonly root: string,
    readonly directory: string,
    programs: readonly string[] = [],
  ) {
    this.#key = keyOf(root, programs);
  }

  isPassed(check: string): boolean {
    const file = this.#fileOf(check);
    return existsSync(file) && readFileSync(file, 'utf8') === this.#key;
  }

  /** Call it with the object that was made before the check ran: what was edited meanwhile was not checked. */
  recordPassed(check: string): void {
    const file = this.#fileOf(check);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, this.#key);
  }

  #fileOf(check: string): string {
    return join(this.directory, `${check}.passed`);
  }
}

/** All files that git knows or would take, the installed packages, and what runs the checks. */
function keyOf(root: string, programs: readonly string[]): string {
  const hash = createHash('sha256').update(JSON.stringify([process.version, programs]));
  const args = ['-C', root, 'ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const listed = execFileSync('git', args, { encoding: 'utf8', maxBuffer: 1 << 28 }).split('\0');
  for (const file of [...new Set(listed), 'node_modules/.package-lock.json'].filter(Boolean).sort())
    hash.update(`\0${file}\0`).update(contentOf(join(root, file)));
  return hash.digest('hex');
}

/** With the mode and the size in front, so that no file can look like two. */
function contentOf(path: string): Buffer {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return Buffer.from('missing');
  const content = stats.isSymbolicLink()
    ? Buffer.from(readlinkSync(path))
    : stats.isFile()
      ? readFileSync(path)
      : Buffer.alloc(0);
  return Buffer.concat([Buffer.from(`${stats.mode} ${content.length}\0`), content]);
}
