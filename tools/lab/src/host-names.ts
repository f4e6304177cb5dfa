import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const inventory = 'libs/inventory/environments/lab/hosts';

/** The hosts that the lab shall have, by their files, and those that it has, by their disks; sorted. */
export function readHostNames(root: string): string[] {
  const listed = namesIn(join(root, inventory))
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => name.slice(0, -'.yaml'.length));
  return [...new Set([...listed, ...namesIn(join(root, '.lab/hosts'))])].sort();
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
