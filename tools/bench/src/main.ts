import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { makeChanges } from './changes';
import {
  ansible,
  dockerHost,
  isThere,
  ours,
  shellLoops,
  type Change,
  type Contender,
  type Placed,
} from './contenders';
import { formatTables, type Case, type Row } from './format-tables';
import { measureGrowth } from './growth';
import { openLine, type Line } from './line';
import { measure, median, type Measured } from './measure';

// The lab is up and deployed; each contender in turn, round after round, so that other load hits all of them.
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    delays: { type: 'string', default: '0,20,80' },
    compose: { type: 'string', default: '' },
    ansible: { type: 'string', default: '' },
  },
});
const rounds = Number(values.rounds);
const delays = values.delays.split(',').map(Number);
const folder = 'dist/bench';
/** With the `.env` of each service, for those that need it here; gone at the end. */
const files = mkdtempSync(join(tmpdir(), 'bench-'));
const net = readFileSync('.lab/net', 'utf8').trim();
const say = (text: string): void => void process.stderr.write(`[bench] ${text}\n`);

const placed: Placed[] = Object.entries({
  trusted: ['dns', 'litellm', 'open-webui'],
  management: ['ollama', 'qdrant', 'vllm'],
}).flatMap(([host, services]) => services.map((service) => ({ host, service })));

async function main(): Promise<void> {
  mkdirSync(folder, { recursive: true });
  fetchFiles();
  try {
    await compare();
  } finally {
    rmSync(files, { recursive: true, force: true });
  }
}

async function compare(): Promise<void> {
  const contenders = [
    ...ours(),
    ...shellLoops(placed),
    ...(values.compose === '' ? [] : [dockerHost(placed, values.compose, folder, files)]),
    ...(isThere(values.ansible) ? [ansible(placed, values.ansible, folder, files)] : []),
  ];
  if (values.compose === '')
    say('without --compose=<docker compose here>, DOCKER_HOST=ssh:// is left out');
  if (!isThere(values.ansible)) say('without --ansible=<ansible-playbook>, Ansible is left out');
  const cases: Case[] = [];
  for (const delay of delays) {
    const line = openLine(delay, folder, net);
    cases.push({ name: 'no-op', delayMs: delay, rows: await runCase(contenders, line) });
  }
  const changing = contenders.filter(({ canChange }) => canChange);
  const line = openLine(0, folder, net);
  for (const kind of ['memory', 'image'] as const) {
    const changes = await makeChanges(kind);
    const name = kind === 'memory' ? 'one configuration changed' : 'one image changed';
    cases.push({ name, delayMs: 0, rows: await runCase(changing, line, changes.list) });
    changes.remove();
  }
  execFileSync('node', ['tools/stack/stack.cjs', 'deploy'], { stdio: 'ignore' });
  const machine = `${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, ${rounds} rounds`;
  const growth = await measureGrowth(process.cwd(), [6, 30, 300]);
  const result = { date: new Date().toISOString(), machine, cases, growth };
  writeFileSync(join(folder, 'result.json'), `${JSON.stringify(result, null, 2)}\n`);
  const text = formatTables(machine, cases, growth);
  writeFileSync(join(folder, 'result.md'), text);
  process.stdout.write(text);
}

async function runCase(
  contenders: readonly Contender[],
  line: Line,
  changes: readonly Change[] = [],
): Promise<Row[]> {
  const seen = new Map<
    string,
    { runs: Measured[]; line: { connections: number; bytes: number } }
  >();
  const run = (argv: readonly string[] | undefined): void => {
    if (argv?.[0] !== undefined) execFileSync(argv[0], argv.slice(1), { stdio: 'ignore' });
  };
  let turn = 0;
  for (const contender of contenders) run(contender.prepare?.(line));
  for (let round = 0; round <= rounds; round += 1) {
    for (const contender of contenders) {
      // Each finds what the one before it did not want.
      turn += 1;
      const { command, variables } = contender.command(line, changes[turn % 2]);
      line.take();
      const measured = await measure(command, variables);
      say(
        `${line.delayMs} ms, round ${round}, ${contender.name}: ${measured.seconds.toFixed(2)} s`,
      );
      const entry = seen.get(contender.name) ?? { runs: [], line: line.take() };
      // The first one warms up: it compiles, and fills caches on both sides.
      if (round > 0) entry.runs.push(measured);
      seen.set(contender.name, entry);
    }
  }
  for (const contender of contenders) run(contender.finish?.(line));
  return [...seen].map(([name, { runs, line: counted }]) => ({
    name,
    seconds: median(runs.map(({ seconds }) => seconds)),
    slowest: Math.max(...runs.map(({ seconds }) => seconds)),
    cpuSeconds: median(runs.map(({ cpuSeconds }) => cpuSeconds)),
    memoryMiB: median(runs.map(({ memoryMiB }) => memoryMiB)),
    ...counted,
  }));
}

/** What stands on the hosts, for those that bring it from here. */
function fetchFiles(): void {
  for (const { host, service } of placed) {
    const target = join(files, host, service);
    mkdirSync(target, { recursive: true });
    for (const name of ['compose.yaml', '.env']) {
      const script = `cat /opt/stacks/ai/${service}/${name} 2>/dev/null || true`;
      const args = ['exec', host, 'sh', '-c', script];
      writeFileSync(join(target, name), execFileSync('tools/lab/hosts.sh', args), { mode: 0o600 });
    }
  }
}

void main();
