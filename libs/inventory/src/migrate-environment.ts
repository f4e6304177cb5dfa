import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { throwAll } from '@ai-stack/core';
import { migrateText, movedKeys, type MovedKey } from './moved-keys';
import { schemaLineChange, withSchemaLine } from './schema-line';
import { environmentNames, environmentsFolder, resolveEnvironmentName } from './workspace';

/** A file of an environment in which keys moved. */
interface MigratedFile {
  /** Path from the workspace root. */
  file: string;
  before: string;
  after: string;
  /** A line for each key, and one for the schema that it names. */
  changes: string[];
}

/**
 * The files of an environment whose keys were renamed, removed or made optional, or that do not name their schema,
 * rewritten; writes nothing. Throws for an unknown environment, and every key together that a person has to decide on.
 */
export function migrateEnvironment(
  root: string,
  name: string,
  table: readonly MovedKey[] = movedKeys,
): MigratedFile[] {
  resolveEnvironmentName({ configuration: name, variables: {} }, environmentNames(root));
  const migrated = filesOf(root, name).map((file) => {
    const before = readFileSync(join(root, file), 'utf8');
    const { text, changes, errors } = migrateText(before, file, table);
    const line = schemaLineChange(file, text) ?? [];
    return {
      file,
      before,
      after: withSchemaLine(file, text),
      changes: changes.concat(line),
      errors,
    };
  });
  throwAll(migrated.flatMap(({ errors }) => errors));
  return migrated
    .filter(({ changes }) => changes.length > 0)
    .map(({ file, before, after, changes }) => ({ file, before, after, changes }));
}

function filesOf(root: string, name: string): string[] {
  const folder = `${environmentsFolder}/${name}`;
  const inventory = ['', 'hosts/', 'models/'].flatMap((below) =>
    yamlIn(root, `${folder}/${below}`).map((file) => `${folder}/${below}${file}`),
  );
  const options = readdirSync(join(root, 'apps'))
    .map((service) => `apps/${service}/environments/${name}.yaml`)
    .filter((file) => existsSync(join(root, file)));
  return [...inventory, ...options].sort();
}

function yamlIn(root: string, folder: string): string[] {
  const path = join(root, folder);
  return existsSync(path) ? readdirSync(path).filter((file) => file.endsWith('.yaml')) : [];
}
