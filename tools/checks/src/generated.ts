import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readContracts } from '@ai-stack/inventory';
import { parse } from 'yaml';
import { loadDefinitions } from '../../stack/src/context/definitions';
import { executorSchema } from '../../stack/src/options/executor-schema';
import { codeownersFiles, renderCodeowners, type Owners, type Tagged } from './ownership';
import { renderSchemas } from './schemas';
import { forgejoFolder, githubFolder, renderForgejo } from './workflows';

/** The services, folders of apps/ with a contract, and the tags of their project.json ([] without one). */
export function readServices(root: string): Tagged[] {
  return readdirSync(join(root, 'apps'))
    .filter((name) => existsSync(join(root, 'apps', name, 'service.yaml')))
    .sort()
    .map((name) => ({ name, tags: readTags(join(root, 'apps', name, 'project.json')) }));
}

export function readOwners(root: string): Owners {
  return parse(readFileSync(join(root, 'tools/checks/owners.yaml'), 'utf8')) as Owners;
}

/** Every committed file that is generated, by path, as it should be. Reads its sources; writes nothing. */
export async function renderGenerated(root: string): Promise<Record<string, string>> {
  const services = readServices(root);
  const definitions = await loadDefinitions(
    root,
    services.map(({ name }) => name),
  );
  const owners = readOwners(root);
  const workflows = readdirSync(join(root, githubFolder)).sort();
  return {
    [codeownersFiles.github]: renderCodeowners(services, owners, 'github'),
    [codeownersFiles.forgejo]: renderCodeowners(services, owners, 'forgejo'),
    'tools/nx-plugin/src/executors/service/schema.json': `${JSON.stringify(executorSchema(), null, 2)}\n`,
    ...renderSchemas(definitions, readContracts(root)),
    ...Object.fromEntries(
      workflows.map((name) => [
        `${forgejoFolder}/${name}`,
        renderForgejo(readFileSync(join(root, githubFolder, name), 'utf8'), name),
      ]),
    ),
  };
}

/** Writes the generated files that differ; gives back their paths. */
export async function writeGenerated(root: string): Promise<string[]> {
  const stale = await staleFiles(root);
  for (const [path, content] of stale) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  return stale.map(([path]) => path);
}

/** The generated files that are missing or differ, with what they should hold. */
export async function staleFiles(root: string): Promise<[path: string, content: string][]> {
  return Object.entries(await renderGenerated(root)).filter(([path, content]) => {
    const file = join(root, path);
    return !existsSync(file) || readFileSync(file, 'utf8') !== content;
  });
}

function readTags(path: string): string[] {
  if (!existsSync(path)) return [];
  const { tags } = JSON.parse(readFileSync(path, 'utf8')) as { tags?: unknown };
  return Array.isArray(tags) ? tags.map(String) : [];
}
