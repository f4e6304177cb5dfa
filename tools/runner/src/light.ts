import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseDocument, YAMLSeq } from 'yaml';

/** What a light lab runs: the services whose programs start within a second. */
export const lightServices: readonly string[] = ['dns', 'ollama', 'qdrant'];

const lab = 'libs/inventory/environments/lab';

/** Takes the other services, and the models that they serve, out of the lab's inventory in a copy of the workspace. */
export function makeLight(root: string): void {
  for (const file of yamlFiles(join(root, lab, 'hosts'))) {
    const host = parseDocument(readFileSync(file, 'utf8'));
    const services = host.get('services');
    if (!(services instanceof YAMLSeq)) throw new Error(`${file} has no list of services`);
    services.items = services.items.filter((item) => lightServices.includes(String(item)));
    writeFileSync(file, host.toString());
  }
  for (const file of yamlFiles(join(root, lab, 'models'))) {
    const engine = parseDocument(readFileSync(file, 'utf8')).get('engine');
    if (!lightServices.includes(String(engine))) rmSync(file);
  }
}

function yamlFiles(directory: string): string[] {
  return readdirSync(directory)
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => join(directory, name));
}
