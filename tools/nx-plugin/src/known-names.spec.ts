import { describe, expect, it } from '@jest/globals';
import type { ProjectGraph } from '@nx/devkit';
import { refuseUnknownNames } from './known-names';
import { readNxNames } from './words';

const node = (name: string, ...targets: string[]) => ({
  ...{ name, type: 'app' as const },
  data: { root: `apps/${name}`, targets: Object.fromEntries(targets.map((one) => [one, {}])) },
});
const nodes = {
  dns: node('dns', 'deploy', 'plan'),
  'open-webui': node('open-webui', 'deploy', 'plan'),
  lab: node('lab', 'up'),
} as unknown as ProjectGraph['nodes'];
const check = (line: string) => () => refuseUnknownNames(readNxNames(line.split(' ')), { nodes });

describe('the names in a command line of Nx', () => {
  it.each([
    'run-many -t deploy plan -p dns,open-webui',
    'run-many --targets=deploy,plan --projects=dns --parallel 3',
    'run-many -t up -p lab',
    'run-many -t deploy -p tag:owner:ai !dns apps/* open-*',
    'affected -t deploy --exclude nosuch',
    'affected -t deploy --base main',
    'show projects -t nosuch',
    'run dns:nosuch',
  ])('pass: %s', (line) => expect(check(line)).not.toThrow());

  it.each([
    ['run-many -t deploy nosuch -p dns', /no target nosuch/],
    ['run-many -t deplyo', /no target deplyo: did you mean deploy/],
    ['run-many -t deploy -p dns,open-webiu', /no project open-webiu: did you mean open-webui/],
    [
      'run-many --target=deploy --projects=nosuch',
      /no project nosuch: use of dns, lab, open-webui/,
    ],
    ['run-many -t deploy -p dns junk', /no project junk/],
    ['affected -t deploy,junk', /no target junk/],
  ])('%s', (line, message) => expect(check(line)).toThrow(message));
});
