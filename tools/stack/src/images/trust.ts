import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openTrust } from '@ai-stack/verify';
import type { Stack } from '../context/stack';
import type { Asking } from './ask-registry';

/** What registries are trusted by: the public CAs, this machine's, and the private one of ingress.yaml. Read when it is needed. */
export function trustOf({
  root,
  environment,
}: Pick<Stack, 'root' | 'environment'>): Asking['trust'] {
  let trust: ReturnType<Asking['trust']> | undefined;
  return () => {
    const { caFile } = environment.ingress;
    trust ??= openTrust(
      caFile === undefined ? undefined : readFileSync(join(root, caFile), 'utf8'),
    );
    return trust;
  };
}
