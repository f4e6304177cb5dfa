import { execFileSync } from 'node:child_process';
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ThrowAway } from '@ai-stack/testing/throw-away';
import { labOf, onHost, Workspace, type Ran } from '../../e2e/src/lab';
import { ours, shellLoops, type Contender, type Placed } from './contenders';
import type { Affected, Case } from './format-tables';
import { labHosts, openLine } from './line';
import { measure, median } from './measure';
import { runCase } from './run-case';

interface Place {
  directory: string;
  net: string;
  rounds: number;
  report: (text: string) => void;
}

const inventory = 'libs/inventory/environments/lab/hosts';

/** One service, Ollama, on one, two, four and sixteen hosts; the lab gets fourteen more for it. */
export async function measureHosts({ directory, net, rounds, report }: Place): Promise<Case[]> {
  const workspace = new Workspace();
  const more = Object.fromEntries(
    Array.from({ length: 14 }, (_, at): [string, number] => [`host${at + 3}`, at + 13]),
  );
  const hosts = ['management', 'trusted', ...Object.keys(more)];
  try {
    workspace.edit(`${inventory}/trusted.yaml`, '  - open-webui\n', '  - open-webui\n  - ollama\n');
    for (const [name, number] of Object.entries(more)) {
      workspace.write(`${inventory}/${name}.yaml`, hostFile(name, number));
    }
    must(await labOf(workspace.root, 'up'));
    must(await workspace.stack('deploy', 'ollama'));
    const line = openLine(0, directory, net, { ...labHosts, ...more });
    const cases: Case[] = [];
    for (const count of [1, 2, 4, 16]) {
      const some = hosts.slice(0, count);
      const placed = some.map((host) => ({ host, service: 'ollama' }));
      const deploy = commandIn(workspace.root, 'deploy', 'ollama', `--hosts=${some.join(',')}`);
      const contenders = [deploy, ...shellLoops(placed, directory).slice(0, 2)];
      const rows = await runCase(contenders, line, { rounds, report });
      cases.push({ name: `no-op, one service on ${count} of 16 hosts`, delayMs: 0, rows });
    }
    return cases;
  } finally {
    must(
      await workspace.stack(
        'destroy',
        'ollama',
        `--hosts=${['trusted', ...Object.keys(more)].join(',')}`,
      ),
    );
    workspace.remove();
    for (const name of Object.keys(more)) must(await labOf(process.cwd(), 'remove', name));
    await onHost('trusted', 'rm', '-rf', '/srv/docker/ollama', '/opt/stacks/ai/ollama');
  }
}

/** The lab's six services and 24 small ones, all running on its two hosts. */
export async function measureThirty({ directory, net, rounds, report }: Place): Promise<Case> {
  const workspace = new Workspace();
  const added = addServices(workspace.root, 24);
  const placed: Placed[] = [
    ...['dns', 'litellm', 'open-webui'].map((service) => ({ host: 'trusted', service })),
    ...['ollama', 'qdrant', 'vllm'].map((service) => ({ host: 'management', service })),
    ...added,
  ];
  try {
    must(await workspace.stack('deploy'));
    const line = openLine(0, directory, net);
    const contenders = [
      commandIn(workspace.root, 'deploy'),
      ...shellLoops(placed, directory).slice(0, 2),
    ];
    const rows = await runCase(contenders, line, { rounds, report });
    return { name: 'no-op, 30 services on two hosts', delayMs: 0, rows };
  } finally {
    must(await workspace.stack('destroy', ...added.map(({ service }) => service)));
    for (const { host, service } of added)
      await onHost(host, 'rm', '-rf', `/opt/stacks/ai/${service}`);
    workspace.remove();
  }
}

/** How long Nx takes to name what one changed file of one service affects, in milliseconds. */
export async function measureAffected(
  counts: readonly number[],
  rounds: number,
): Promise<Affected[]> {
  const result: Affected[] = [];
  for (const services of counts) {
    const clone = new ThrowAway();
    try {
      addServices(clone.root, services - 6);
      const base = clone.commit('many services');
      clone.edit('apps/qdrant/environments/lab.yaml', /$/, '\nlogLevel: DEBUG\n');
      clone.commit('one change');
      const asked = ['show', 'projects', '--affected', '--withTarget=deploy', `--base=${base}`];
      const command = ['env', '-C', clone.root, 'node_modules/.bin/nx', ...asked];
      await measure(command);
      const runs: number[] = [];
      for (let round = 0; round < rounds; round += 1) runs.push((await measure(command)).seconds);
      const output = execFileSync('node_modules/.bin/nx', asked, { cwd: clone.root }).toString();
      if (output.trim() !== 'qdrant') throw new Error(`affected is ${output}`);
      result.push({ services, affectedMs: median(runs) * 1000 });
    } finally {
      clone.remove();
    }
  }
  return result;
}

/** Generates one service and copies it, each with a port of its own; half of them on each host. */
function addServices(root: string, count: number): Placed[] {
  if (count === 0) return [];
  const image = 'ai-stack-lab/echo-double:1.0.0';
  execFileSync(
    'node_modules/.bin/nx',
    [
      ...['g', './tools/nx-plugin:service', 'x1', '--no-interactive', `--image=${image}`],
      ...['--port=18001', '--health=/health', '--check=bash', '--host=trusted'],
    ],
    { cwd: root, stdio: 'ignore' },
  );
  const edit = (file: string, change: (text: string) => string): void =>
    writeFileSync(join(root, file), change(readFileSync(join(root, file), 'utf8')));
  edit('apps/x1/service.ts', (text) =>
    text.replace('environment: {}', "environment: { PORT: '18001' }"),
  );
  const all = Array.from({ length: count }, (_, at) => ({
    host: at % 2 === 0 ? 'trusted' : 'management',
    service: `x${at + 1}`,
  }));
  for (const [at, { service }] of all.entries()) {
    if (at === 0) continue;
    cpSync(join(root, 'apps/x1'), join(root, 'apps', service), { recursive: true });
    const files = readdirSync(join(root, 'apps', service), {
      recursive: true,
      withFileTypes: true,
    });
    for (const file of files.filter((dirent) => dirent.isFile())) {
      const path = join(file.parentPath, file.name);
      const text = readFileSync(path, 'utf8').replace(/\bx1\b/g, service);
      writeFileSync(path, text.replaceAll('18001', String(18_001 + at)));
    }
  }
  for (const host of ['trusted', 'management']) {
    const lines = all.filter((placement) => placement.host === host && placement.service !== 'x1');
    edit(`${inventory}/${host}.yaml`, (text) =>
      text.replace(
        'services:\n',
        `services:\n${lines.map((line) => `  - ${line.service}\n`).join('')}`,
      ),
    );
  }
  return all;
}

function commandIn(root: string, ...args: string[]): Contender {
  const [first] = ours();
  if (first === undefined) throw new Error('there is no command');
  return {
    ...first,
    command: (line) => {
      const { variables = {} } = first.command(line, {});
      return { command: ['env', '-C', root, 'node', 'tools/stack/stack.cjs', ...args], variables };
    },
  };
}

const hostFile = (name: string, number: number): string => `description: One more host
fqdn: ${name}.lab.test
address: \${LAB_NET}.${number}
role: ${name}
ssh:
  user: root
  identity: .lab/keys/id_ed25519
  knownHosts: .lab/keys/known_hosts
services: [ollama]
`;

/** Nothing is measured on a lab that is not as it should be. */
function must({ code, err }: Ran): void {
  if (code !== 0) throw new Error(err.split('\n').slice(-20).join('\n'));
}
