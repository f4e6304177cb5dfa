import { statSync } from 'node:fs';
import { join } from 'node:path';
import { badInput } from '@ai-stack/core';
import type { Stack } from './stack';

/**
 * Refuses an environment whose private CA is not there, before any host is asked: verify would fail with it after the
 * deploy. Render does not read it, and works where it is made later, as in the lab.
 */
export function refuseMissingCaFile({
  root,
  environment,
}: Pick<Stack, 'root' | 'environment'>): void {
  const { caFile } = environment.ingress;
  if (
    caFile === undefined ||
    statSync(join(root, caFile), { throwIfNoEntry: false })?.isFile() === true
  )
    return;
  throw badInput(`there is no file ${caFile}`, {
    where: {
      environment: environment.name,
      file: `libs/inventory/environments/${environment.name}/ingress.yaml`,
      key: 'caFile',
    },
    fix:
      environment.name === 'lab'
        ? 'npx nx run lab:up makes it'
        : 'put the certificate of your CA there (PEM), or leave caFile out: then the CAs of this machine count',
  });
}
