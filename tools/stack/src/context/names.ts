import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { badInput, throwAll, type StackError } from '@ai-stack/core';
import { environmentsDirectory, nearest } from '@ai-stack/inventory';
import type { Selection } from './stack';

/** Refuses services and hosts for which there is no directory or file, all at once, before a file is read. */
export function checkNames(root: string, environment: string, selection: Selection): void {
  const services = directoriesOf(join(root, 'apps')).filter((name) =>
    existsSync(join(root, 'apps', name, 'service.yaml')),
  );
  const hosts = filesOf(join(root, environmentsDirectory, environment, 'hosts'));
  throwAll([
    ...unknownNames('service', selection.services, services),
    ...unknownNames('host', selection.hosts, hosts, environment),
  ]);
}

function unknownNames(
  kind: string,
  names: readonly string[],
  known: readonly string[],
  environment?: string,
): StackError[] {
  return names
    .filter((name) => !known.includes(name))
    .map((name) => {
      const near = nearest(name, known);
      const hint = near === undefined ? '' : `did you mean ${near}? `;
      return badInput(`there is no ${kind} ${name}`, {
        where: environment === undefined ? {} : { environment },
        fix: `${hint}use one of ${known.join(', ')}`,
      });
    });
}

function directoriesOf(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
}

function filesOf(directory: string): string[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory)
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => name.replace(/\.yaml$/, ''))
    .sort();
}
