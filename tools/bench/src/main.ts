import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir, totalmem } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { onHost } from '../../e2e/src/lab';
import { makeChanges } from './changes';
import { ansible, dockerHost, ours, shellLoops, type Contender, type Placed } from './contenders';
import { formatTables, type Case } from './format-tables';
import { measureGrowth } from './growth';
import { openLine } from './line';
import { measureMany } from './many-hosts';
import { formatNx, measureNx } from './measure-nx';
import { runCase } from './run-case';
import { measureAffected, measureHosts, measureThirty } from './scale';

// The lab is up and deployed.
const parts = ['no-op', 'nx', 'changes', 'first', 'hosts', 'many', 'services', 'growth'] as const;
type Part = (typeof parts)[number];
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    delays: { type: 'string', default: '0,20,80' },
    only: { type: 'string', default: parts.join(',') },
    without: { type: 'string', default: '' },
  },
});
const rounds = Number(values.rounds);
const delays = values.delays.split(',').map(Number);
const isWanted = (part: Part): boolean => values.only.split(',').includes(part);
const directory = resolve('dist/bench');
/** With the `.env` of each service, for those that need it here; gone at the end. */
const files = mkdtempSync(join(tmpdir(), 'bench-'));
const net = readFileSync('.lab/net', 'utf8').trim();
const report = (text: string): void => void process.stderr.write(`[bench] ${text}\n`);

const placed: Placed[] = Object.entries({
  trusted: ['dns', 'litellm', 'open-webui'],
  management: ['ollama', 'qdrant', 'vllm'],
}).flatMap(([host, services]) => services.map((service) => ({ host, service })));

async function main(): Promise<void> {
  for (const part of values.only.split(',')) {
    if (!parts.some((allowed) => allowed === part))
      throw new Error(`--only takes ${parts.join(', ')}`);
  }
  mkdirSync(directory, { recursive: true });
  fetchFiles();
  try {
    await compare();
  } finally {
    rmSync(files, { recursive: true, force: true });
  }
}

async function compare(): Promise<void> {
  const contenders = listContenders();
  const cases: Case[] = [];
  const near = openLine(0, directory, net);
  const common = { rounds, report };
  const machine = `${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, ${rounds} rounds`;
  const result: Record<string, unknown> = { date: new Date().toISOString(), machine, cases };
  // What was measured is kept, whatever becomes of the rest.
  const keep = (): void =>
    writeFileSync(join(directory, 'result.json'), `${JSON.stringify(result, null, 2)}\n`);
  if (isWanted('no-op')) {
    for (const delay of delays) {
      const line = openLine(delay, directory, net);
      cases.push({ name: 'no-op', delayMs: delay, rows: await runCase(contenders, line, common) });
      keep();
    }
  }
  const nx = isWanted('nx')
    ? await measureNx(near, { ...common, rounds: Math.max(rounds, 7) })
    : [];
  Object.assign(result, { nx });
  keep();
  if (isWanted('changes')) {
    for (const kind of ['memory', 'image'] as const) {
      const { list, remove } = await makeChanges(kind);
      const name = kind === 'memory' ? 'one configuration changed' : 'one image changed';
      // Each finds what the one before it did not want.
      const task = (turn: number) => ({ change: list[turn % 2] });
      const rows = await runCase(contenders, near, { ...common, task });
      cases.push({ name, delayMs: 0, rows });
      remove();
      keep();
    }
  }
  if (isWanted('first')) {
    const task = () => ({ isFirst: true });
    const few = { ...common, rounds: Math.min(rounds, 3), warmUp: false };
    const rows = await runCase(contenders, near, { ...few, task, before: clearHosts });
    cases.push({ name: 'first deploy, images there', delayMs: 0, rows });
    await clearHosts();
  }
  execFileSync('node', ['tools/stack/stack.cjs', 'deploy'], { stdio: 'ignore' });
  const place = { directory, net, ...common };
  if (isWanted('hosts')) cases.push(...(await measureHosts(place)));
  keep();
  const many = isWanted('many') ? await measureMany([16, 100], common) : [];
  Object.assign(result, { many });
  keep();
  if (isWanted('services')) cases.push(await measureThirty(place));
  keep();
  const growth = isWanted('growth') ? await measureGrowth(process.cwd(), [6, 30, 300]) : [];
  const affected = isWanted('growth') ? await measureAffected([6, 300], rounds) : [];
  Object.assign(result, { growth, affected });
  keep();
  const tables = formatTables(machine, cases, growth, affected, many);
  const text = nx.length > 0 ? `${tables}\n${formatNx(nx)}\n` : tables;
  writeFileSync(join(directory, 'result.md'), text);
  process.stdout.write(text);
}

function listContenders(): Contender[] {
  const leftOut = values.without.split(',');
  const program = (name: string): string => {
    report(`making ${name} ready`);
    return execFileSync(`tools/bench/${name}.sh`).toString().trim();
  };
  return [
    ...ours(),
    ...shellLoops(placed, files),
    ...(leftOut.includes('compose')
      ? []
      : [dockerHost(placed, program('compose'), directory, files)]),
    ...(leftOut.includes('ansible') ? [] : [ansible(placed, program('ansible'), directory, files)]),
  ];
}

/** What is on the hosts, for those that copy it from here. */
function fetchFiles(): void {
  for (const { host, service } of placed) {
    const target = join(files, host, service);
    mkdirSync(target, { recursive: true });
    const packed = ['tar', '-C', `/opt/stacks/ai/${service}`, '--exclude=.stack', '-c', '.'];
    const input = execFileSync('tools/lab/hosts.sh', ['exec', host, ...packed]);
    execFileSync('tar', ['-C', target, '-x'], { input });
  }
}

/** Containers and files go, data, secrets and images stay; the network is there for those that cannot make it. */
async function clearHosts(): Promise<void> {
  const script = [
    'docker ps -aq --filter label=com.docker.compose.project | while read -r id; do',
    'case $(docker inspect -f \'{{index .Config.Labels "com.docker.compose.project"}}\' "$id") in',
    'ai-*) docker rm -f "$id" ;; esac; done',
    'find /opt/stacks/ai -mindepth 2 -maxdepth 2 ! -name .env -exec rm -rf {} +',
    'docker network inspect ai-stack || docker network create ai-stack',
  ].join('\n');
  for (const host of ['trusted', 'management']) await onHost(host, 'sh', '-c', script);
}

void main();
