import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { afterAll, afterEach, describe, expect, it, jest } from '@jest/globals';
import { execa } from 'execa';
import { parseDocument } from 'yaml';
import { placeRunbook } from '@ai-stack/testing/runbook';
import { prodSamples } from '@ai-stack/testing/inventory-environment';
import { NxAsker } from '../fixtures/nx-asker';
import { ThrowAway } from '@ai-stack/testing/throw-away';

jest.setTimeout(60_000);

// One process answers for all rows; rows with a `class` ask the program `nx` too, one of each kind of change: in a short
// run some of the kinds, in tools/long/properties all.
const clone = new ThrowAway();
placeRunbook(clone.root, 'runbook');
clone.commit('the environment of the runbook, whatever the user made of prod');
const asker = new NxAsker(clone.root);
afterEach(() => clone.restore());
afterAll(async () => {
  await asker.close();
  clone.remove();
});

const lab = 'libs/inventory/environments/lab';
const all = ['dns', 'litellm', 'ollama', 'open-webui', 'qdrant', 'vllm'];
const newModel = (engine: string, name: string) =>
  `publicName: ${name}\nengine: ${engine}\nid: ${name}:1b\nkind: chat\ncontextLength: 4096\n`;

interface Row {
  what: string;
  change: () => void;
  deploy: string[];
  /** Where it differs from deploy. */
  verify?: string[];
  /** The first row of a kind of change: the program `nx` is asked as well, and must say the same. */
  class?: string;
}

const edit = (file: string, from: string | RegExp, to: string) => () => clone.edit(file, from, to);
const add = (file: string) => () => clone.edit(file, /$/, '\n');
const comment = (file: string) => () => clone.edit(file, /$/, '// a change\n');

/** What is touched, and which services `nx affected` then picks. */
const table: Row[] = [
  {
    what: 'a file of a service',
    class: 'code of a service',
    change: comment('apps/litellm/litellm-routes.ts'),
    deploy: ['litellm'],
  },
  {
    what: "a service's options in one environment",
    change: edit('apps/qdrant/environments/lab.yaml', /$/, '\nlogLevel: DEBUG\n'),
    deploy: ['qdrant'],
  },
  {
    what: 'the schema for editors of its options',
    change: edit('apps/qdrant/options.schema.json', /$/, '\n'),
    deploy: [],
  },
  {
    what: 'the schema for editors of a file of the inventory',
    change: edit('libs/inventory/schemas/dns.json', /$/, '\n'),
    deploy: [],
  },
  {
    what: "a host's ssh user",
    change: edit(`${lab}/hosts/management.yaml`, 'user: root', 'user: admin'),
    deploy: ['ollama', 'qdrant', 'vllm'],
  },
  {
    what: "a host's GPU list",
    change: edit(`${lab}/hosts/management.yaml`, /$/, '\ngpus: [{ device: "0", memoryGiB: 24 }]\n'),
    deploy: ['ollama', 'qdrant', 'vllm'],
  },
  {
    what: "a host's address",
    class: 'a value of the inventory',
    change: edit(`${lab}/hosts/management.yaml`, '.12', '.42'),
    deploy: ['dns', 'ollama', 'qdrant', 'vllm'],
  },
  {
    what: "the address of the resolver's host",
    change: edit(`${lab}/hosts/trusted.yaml`, '.11', '.41'),
    deploy: ['dns', 'litellm', 'open-webui'],
  },
  {
    what: 'a service moves to another host',
    change: () => {
      clone.edit(`${lab}/hosts/management.yaml`, '  - vllm\n', '');
      clone.edit(`${lab}/hosts/trusted.yaml`, '  - open-webui\n', '  - open-webui\n  - vllm\n');
    },
    deploy: all,
  },
  {
    what: 'a service moves from a host that has no other, to a new one',
    class: 'a file that is new',
    change: () => {
      const text = clone.read(`${lab}/hosts/management.yaml`);
      const services = (list: string) => text.replace(/services:[^#]*$/, `services: [${list}]\n`);
      clone.write(
        `${lab}/hosts/second.yaml`,
        services('vllm').replace('.12', '.13').replace('management.lab', 'second.lab'),
      );
      clone.write(`${lab}/hosts/management.yaml`, services('ollama, qdrant'));
    },
    deploy: ['dns', 'litellm', 'ollama', 'qdrant', 'vllm'],
  },
  {
    what: 'a host without services',
    change: () => {
      const text = clone.read(`${lab}/hosts/management.yaml`);
      const idle = text.replace(/services:[^#]*$/, 'services: []\n').replace('.12', '.13');
      clone.write(`${lab}/hosts/idle.yaml`, idle.replace('management.lab', 'idle.lab'));
    },
    deploy: ['dns'],
    // From there it is tried whether their ports are closed.
    verify: ['dns', 'ollama', 'qdrant', 'vllm'],
  },
  {
    what: "a model's context length",
    change: edit(`${lab}/models/qwen2.5-coder.yaml`, /contextLength: \d+/, 'contextLength: 4096'),
    deploy: ['litellm', 'ollama'],
  },
  {
    what: 'a model comes',
    change: () => clone.write(`${lab}/models/tiny.yaml`, newModel('ollama', 'tiny')),
    deploy: ['litellm', 'ollama', 'open-webui'],
  },
  {
    what: 'a model goes',
    class: 'a file that is gone',
    change: () => clone.git('rm', '--quiet', `${lab}/models/nomic-embed-text.yaml`),
    deploy: ['litellm', 'ollama', 'open-webui'],
  },
  {
    what: 'the time to live of DNS records',
    change: edit(`${lab}/dns.yaml`, 'ttlSeconds: 30', 'ttlSeconds: 60'),
    deploy: ['dns'],
  },
  {
    what: 'an extra DNS record',
    change: edit(
      `${lab}/dns.yaml`,
      'extraRecords:\n',
      'extraRecords:\n  - { name: x, type: TXT, value: y }\n',
    ),
    deploy: ['dns'],
  },
  {
    what: 'the slug of a login',
    change: edit(`${lab}/sso.yaml`, 'open-webui: open-webui', 'open-webui: chat'),
    deploy: ['open-webui'],
    verify: ['litellm', 'open-webui'],
  },
  {
    what: 'a group of the login',
    class: 'what only verify reads',
    change: edit(`${lab}/sso.yaml`, 'ai-users', 'people'),
    deploy: ['open-webui'],
    verify: ['litellm', 'open-webui'],
  },
  {
    what: 'the port of an endpoint',
    change: edit('apps/qdrant/service.yaml', '6333', '6334'),
    deploy: ['open-webui', 'qdrant'],
  },
  {
    what: 'the label of an endpoint, which is in a record',
    change: edit('apps/qdrant/service.yaml', 'label: qdrant', 'label: vectors'),
    deploy: ['dns', 'open-webui', 'qdrant'],
  },
  {
    what: 'what a service needs',
    class: 'a contract',
    change: edit(
      'apps/open-webui/service.yaml',
      '  - { service: litellm }',
      '  - { service: litellm }\n  - { service: vllm, optional: true }',
    ),
    deploy: ['open-webui'],
    verify: ['open-webui', 'vllm'],
  },
  {
    what: 'the domain',
    change: edit(`${lab}/environment.yaml`, 'domain: lab.test', 'domain: lab2.test'),
    deploy: all,
  },
  {
    what: 'a comment in the inventory',
    change: edit(`${lab}/dns.yaml`, /^# /, '# Now: '),
    deploy: [],
  },
  { what: 'the zone renderer', change: comment('apps/dns/zone.ts'), deploy: ['dns'] },
  {
    what: 'the renderer of the gateway',
    change: comment('apps/litellm/litellm-config.ts'),
    deploy: ['litellm'],
  },
  ...['ssh', 'deploy'].map((name) => ({
    what: `libs/${name}`,
    change: comment(`libs/${name}/src/index.ts`),
    deploy: all,
    verify: name === 'deploy' ? [] : all,
  })),
  ...['service', 'environment'].map((name) => ({
    what: `the generator of a new ${name}`,
    change: comment(`tools/nx-plugin/src/generators/${name}/generator.ts`),
    deploy: [],
  })),
  { what: 'libs/core', change: comment('libs/core/src/index.ts'), deploy: all },
  { what: 'libs/verify', change: comment('libs/verify/src/index.ts'), deploy: [], verify: all },
  {
    what: 'the command line of deploy',
    change: comment('tools/stack/src/context/stack.ts'),
    deploy: all,
  },
  ...['frame/on-stack', 'commands/change/change-options'].map((name) => ({
    what: `what deploy shares with other commands (${name})`,
    change: comment(`tools/stack/src/${name}.ts`),
    deploy: all,
  })),
  ...['inspect/logs', 'inspect/plan-diffs', 'change/rollback', 'change/destroy-words'].map(
    (name) => ({
      what: `another command (${name})`,
      change: comment(`tools/stack/src/commands/${name}.ts`),
      deploy: [],
    }),
  ),
  {
    what: 'what a rollback decides',
    change: comment('libs/deploy/src/rollback.ts'),
    deploy: [],
  },
  { what: 'README', change: add('README.md'), deploy: [] },
  { what: "a service's README", change: add('apps/litellm/README.md'), deploy: [] },
  {
    what: "a service's owner",
    class: 'the configuration of a project',
    // Nx counts the configuration of a project; its deploy is empty, as the test below shows.
    change: edit('apps/qdrant/project.json', /owner:\w+/, 'owner:other'),
    deploy: ['qdrant'],
  },
  { what: 'docs', class: 'nothing of any service', change: add('docs/operating.md'), deploy: [] },
  { what: 'tests', change: comment('apps/litellm/service.spec.ts'), deploy: [] },
  {
    what: 'tests of a library',
    change: comment('libs/deploy/src/plan/serial.spec.ts'),
    deploy: [],
  },
  {
    what: 'what tests of several projects share',
    change: comment('libs/testing/src/sshd.ts'),
    deploy: [],
  },
  {
    what: 'the samples of a library',
    change: comment('libs/deploy/fixtures/sample-release.ts'),
    deploy: [],
  },
  { what: 'golden files', change: () => clone.write('apps/dns/fixtures/lab/x', ''), deploy: [] },
  { what: 'the lab', change: comment('tools/lab/src/main.ts'), deploy: [] },
  {
    what: 'the version of a package that only the lab uses',
    change: () => bump('oidc-provider'),
    deploy: [],
  },
  {
    what: 'the version of a package that the libraries use',
    change: () => bump('yaml'),
    deploy: all,
  },
  {
    what: 'the version of a package on which such a one depends',
    class: 'the lock file',
    change: () => bump('docker-modem'),
    deploy: all,
  },
  {
    what: 'the version of a package that only the probes use',
    change: () => bump('dns-packet'),
    deploy: [],
    verify: all,
  },
];

const isLong = process.env['LONG'] !== undefined;

describe('what nx affected picks when a change touches', () => {
  // A short run tries each kind of change, and every other row of the rest; tools/long/properties tries all.
  const rows = table.filter((row, at) => isLong || row.class !== undefined || at % 2 === 0);

  it.each(rows)('$what', async ({ change, deploy, verify = deploy }) => {
    change();
    expect(await affected('deploy', 'verify')).toEqual({ deploy, verify });
  });
});

describe('nx itself picks the same as the process that answers for all rows', () => {
  const short = ['a value of the inventory', 'a file that is gone', 'the lock file'];
  const rows = table.filter(
    (row) => row.class !== undefined && (isLong || short.includes(row.class)),
  );

  it.each(rows)('$class: $what', async ({ change, verify }) => {
    change();
    const target = verify === undefined ? 'deploy' : 'verify';
    expect(await affected(target)).toEqual({ [target]: await affectedByNx(target) });
  });
});

describe('what nx affected picks without need', () => {
  it.each<[string, string, () => void]>([
    ["a service's owner", 'lab', edit('apps/qdrant/project.json', /owner:\w+/, 'owner:other')],
    ['a comment in the code', 'lab', comment('apps/qdrant/service.ts')],
    [
      'a value of another environment',
      'runbook',
      edit(`${lab}/environment.yaml`, 'domain: lab.test', 'domain: lab2.test'),
    ],
  ])('is rendered as before, so that its deploy is empty: %s', async (_, environment, change) => {
    fillOpenKeys();
    const before = await rendered(environment);
    change();
    expect((await affected('deploy'))['deploy']).not.toEqual([]);
    expect(await rendered(environment)).toEqual(before);
    expect(Object.keys(before).length).toBeGreaterThan(10);
  });
});

/** Gives the keys of the runbook that wait for their owner the values of the samples. */
function fillOpenKeys(): void {
  for (const [name, value] of Object.entries(prodSamples)) {
    // The name of a model may hold dots.
    const end = name.startsWith('models/') ? name.indexOf('.gpu') : name.indexOf('.');
    const file = `libs/inventory/environments/runbook/${name.slice(0, end)}.yaml`;
    const document = parseDocument(clone.read(file));
    document.setIn(name.slice(end + 1).split('.'), value);
    clone.write(file, document.toString());
  }
}

/** Every file that the environment renders, by path. */
async function rendered(environment: string): Promise<Record<string, string>> {
  const args = ['tools/stack/stack.cjs', 'render'];
  await execa('node', [...args, '--environment', environment], { cwd: clone.root });
  const directory = `dist/render/${environment}`;
  const files = readdirSync(join(clone.root, directory), { recursive: true, withFileTypes: true });
  return Object.fromEntries(
    files
      .filter((file) => file.isFile())
      .map((file) => join(file.parentPath, file.name))
      .sort()
      .map((path) => [relative(clone.root, path), readFileSync(path, 'utf8')]),
  );
}

/** The services whose tasks Nx selects against the last commit, by target. */
async function affected(...targets: string[]): Promise<Record<string, string[]>> {
  const owners = await asker.affected('HEAD', targets);
  return Object.fromEntries(
    Object.entries(owners).map(([target, names]) => [target, servicesIn(names)]),
  );
}

/** The same for one target, from a run of the program `nx`. */
async function affectedByNx(target: string): Promise<string[]> {
  const args = ['show', 'projects', '--affected', '--base=HEAD', '--json', '-t', target];
  const { stdout } = await execa('node_modules/.bin/nx', args, {
    cwd: clone.root,
    env: { FORCE_COLOR: '0' },
  });
  return servicesIn(JSON.parse(stdout) as string[]);
}

/** The table speaks of these; who adds a service of their own need not. */
function servicesIn(names: string[]): string[] {
  return names.filter((name) => all.includes(name)).sort();
}

/** Another version of a package in both files of npm. */
function bump(name: string): void {
  const version = new RegExp(`("node_modules/${name}": \\{\\s+"version": ")[^"]+`);
  clone.edit('package-lock.json', version, '$1999.0.0');
}
