import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { badInput } from '@ai-stack/core';
import type { ZodType } from 'zod';
import { parseSource, type Source, type SourceOptions } from './source';

/** Reads one file and checks it. Whatever is wrong stands in `errors`; throws nothing. */
export function readSource<T>(
  root: string,
  file: string,
  schema: ZodType<T>,
  options: SourceOptions,
): Source<T> {
  const path = join(root, file);
  if (!existsSync(path) || !statSync(path).isFile()) return missingSource(file, options.name);
  return parseSource(readFileSync(path, 'utf8'), file, schema, options);
}

function missingSource(file: string, name: string): Source<never> {
  const where = { file };
  const error = badInput('the file is missing', {
    where,
    fix: 'write it; the environment lab has an example with every key explained',
  });
  return { name, file, content: undefined, open: [], errors: [error], where: () => where };
}
