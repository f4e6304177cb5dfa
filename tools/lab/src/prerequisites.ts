import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { badInput } from '@ai-stack/core';

/** The programs that the lab runs on this machine, each with the Debian package that holds it. */
const packageOf: Readonly<Record<string, string>> = {
  bash: 'bash',
  flock: 'util-linux',
  ip: 'iproute2',
  mmdebstrap: 'mmdebstrap',
  nsenter: 'util-linux',
  openssl: 'openssl',
  ssh: 'openssh-client',
  'ssh-keygen': 'openssh-client',
  unshare: 'util-linux',
};

/** The Debian packages to install, sorted, given which programs this machine has. Pure. */
export function missingPackages(has: (program: string) => boolean): string[] {
  const missing = Object.entries(packageOf).filter(([program]) => !has(program));
  return [...new Set(missing.map(([, name]) => name))].sort();
}

/** Refuses (StackError, exit code 2) a machine that lacks a program, naming every package at once. */
export function checkPrerequisites(path: string): void {
  const directories = [...path.split(':'), '/usr/sbin', '/sbin'].filter(
    (directory) => directory !== '',
  );
  const missing = missingPackages((program) =>
    directories.some((directory) => runs(join(directory, program))),
  );
  if (missing.length === 0) return;
  throw badInput(`the lab needs packages that are not installed here: ${missing.join(' ')}`, {
    fix: `apt-get install --no-install-recommends ${missing.join(' ')}`,
  });
}

function runs(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
