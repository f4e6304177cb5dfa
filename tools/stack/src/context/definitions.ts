import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  badInput,
  flattenErrors,
  throwAll,
  type Definition,
  type StackError,
} from '@ai-stack/core';

/** Loads `apps/<service>/service.ts` of each service. Throws all errors of all of them together. */
export async function loadDefinitions(
  root: string,
  services: readonly string[],
): Promise<Record<string, Definition>> {
  const errors: StackError[] = [];
  const definitions: Record<string, Definition> = {};
  for (const service of services) {
    try {
      definitions[service] = await loadDefinition(root, service);
    } catch (error) {
      errors.push(...flattenErrors(error, { service, file: `apps/${service}/service.ts` }));
    }
  }
  throwAll(errors);
  return definitions;
}

async function loadDefinition(root: string, service: string): Promise<Definition> {
  const file = `apps/${service}/service.ts`;
  const where = { service, file };
  if (!existsSync(join(root, file))) {
    throw badInput('the service has a contract but no definition', {
      where,
      fix: `write ${file}, with defineService({...}) as its default export`,
    });
  }
  const loaded = await load(root, service);
  if (!isDefinition(loaded.default)) {
    throw badInput('the default export is not a definition', {
      where,
      fix: 'export default defineService({ options, render })',
    });
  }
  return loaded.default;
}

type Loader = () => unknown;
let offered: Readonly<Record<string, Loader>> = {};

/** Tells where definitions come from that are compiled into the same file as this (`bundle.cjs`). */
export function offerDefinitions(loaders: Readonly<Record<string, Loader>>): void {
  offered = loaders;
}

async function load(root: string, service: string): Promise<{ default?: unknown }> {
  const loader = offered[service];
  const loaded: unknown =
    loader === undefined ? await import(join(root, `apps/${service}/service.ts`)) : loader();
  return loaded as { default?: unknown };
}

function isDefinition(value: unknown): value is Definition {
  return (
    typeof value === 'object' &&
    value !== null &&
    'options' in value &&
    'render' in value &&
    typeof value.render === 'function'
  );
}
