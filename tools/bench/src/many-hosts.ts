import { execFileSync, spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:net';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Workspace } from '../../e2e/src/lab';
import { measure, median, type Measured } from './measure';

/** One way to ask many hosts. */
export interface ManyRow {
  name: string;
  hosts: number;
  seconds: number;
  slowest: number;
  /** To the loop of the same case. */
  ratio: number;
  /** Of the command's own process. */
  memoryMiB: number;
  /** The most SSH connections that were open at once. */
  connections: number;
}

interface Many {
  rounds: number;
  report: (text: string) => void;
}

const port = 2200;
const atOnce = 8;
const inventory = 'libs/inventory/environments/lab/hosts';
// The range for benchmarks (RFC 2544): loopback is not the address of a host. A local route keeps all of it on this machine.
const range = '198.18.0.0/22';
const addressOf = (at: number): string => `198.18.1.${at}`;
const jumpAddress = '198.18.2.1';
const silentHosts = 12;
const silentOf = (at: number): string => `198.18.3.${at}`;

/**
 * Asks hosts for their state that are a real sshd each, on addresses of this machine, with a double of the engine that
 * replays recorded answers at their socket; next to a parallel loop of `ssh host true` with the same bound.
 */
export async function measureMany(
  counts: readonly number[],
  { rounds, report }: Many,
): Promise<ManyRow[]> {
  const most = Math.max(...counts);
  const park = await startPark(most);
  try {
    const rows: ManyRow[] = [];
    for (const count of counts) {
      for (const jump of [false, true])
        rows.push(...(await compare(park, count, jump, rounds, report)));
    }
    rows.push(await hang(park, most));
    return rows;
  } finally {
    park.stop();
  }
}

async function compare(
  park: Park,
  count: number,
  jump: boolean,
  rounds: number,
  report: (text: string) => void,
): Promise<ManyRow[]> {
  const way = jump ? ', through one jump host' : '';
  const workspace = inventoryOf(park, count, jump);
  const names = Array.from({ length: count }, (_, at) => `h${at + 1}`);
  const ours = ['env', '-C', workspace.root, 'node', 'tools/stack/stack.cjs', 'status'];
  const login = `ssh -F ${park.config}${jump ? ' -J hop' : ''} {} true`;
  const list = names.join('\\n');
  const loop = ['bash', '-c', `printf '${list}\\n' | xargs -P ${atOnce} -I {} ${login}`];
  const contenders = { [`stack status${way}`]: ours, [`loop of ssh host true${way}`]: loop };
  const byContender = new Map<string, { runs: Measured[]; connections: number }>();
  try {
    // Compiled once, and not measured.
    await measure(['env', '-C', workspace.root, 'node', 'tools/stack/stack.cjs', 'render']);
    for (let round = 1; round <= rounds; round += 1) {
      for (const [name, command] of Object.entries(contenders)) {
        const counter = countConnections();
        const measured = await measure(command, { STACK_SSH_CONFIG: park.config, NO_COLOR: '1' });
        const connections = counter.stop();
        report(`${count} hosts, round ${round}, ${name}: ${measured.seconds.toFixed(2)} s`);
        const entry = byContender.get(name) ?? { runs: [], connections: 0 };
        entry.runs.push(measured);
        entry.connections = Math.max(entry.connections, connections);
        byContender.set(name, entry);
      }
    }
  } finally {
    workspace.remove();
  }
  const base = median(
    byContender.get(`loop of ssh host true${way}`)?.runs.map(({ seconds }) => seconds) ?? [],
  );
  return [...byContender].map(([name, { runs, connections }]) => {
    const times = runs.map(({ seconds }) => seconds);
    return {
      ...{ name, hosts: count, seconds: median(times), slowest: Math.max(...times), connections },
      ratio: median(times) / base,
      memoryMiB: median(runs.map(({ memoryMiB }) => memoryMiB)),
    };
  });
}

/** Some hosts that take a connection and say nothing: all of them together cost one time-out. */
async function hang(park: Park, count: number): Promise<ManyRow> {
  const workspace = inventoryOf(park, count, false, silentHosts);
  const started = performance.now();
  try {
    const command = ['node', 'tools/stack/stack.cjs', 'status'];
    await measure(['env', '-C', workspace.root, ...command], { STACK_SSH_CONFIG: park.config });
    throw new Error('a host that is silent was not missed');
  } catch (error) {
    const described = String(error);
    if (!described.includes('did not answer in time')) throw error;
  } finally {
    workspace.remove();
  }
  const seconds = (performance.now() - started) / 1000;
  const name = `stack status, ${silentHosts} hosts are silent (time-out 10 s)`;
  return {
    name,
    hosts: count,
    seconds,
    slowest: seconds,
    ratio: NaN,
    memoryMiB: NaN,
    connections: NaN,
  };
}

interface Park {
  directory: string;
  config: string;
  stop(): void;
}

/** All sshds in a mount namespace of their own, in which the engine's socket is the double's. */
async function startPark(count: number): Promise<Park> {
  const directory = mkdtempSync('/tmp/bench-many-');
  for (const key of ['client', 'hostkey']) {
    execFileSync('ssh-keygen', [
      '-q',
      '-t',
      'ed25519',
      '-N',
      '',
      '-C',
      '',
      '-f',
      join(directory, key),
    ]);
  }
  const hostKey = readFileSync(join(directory, 'hostkey.pub'), 'utf8').trim();
  const addresses = [...Array.from({ length: count }, (_, at) => addressOf(at + 1)), jumpAddress];
  const hostKeyLines = addresses.map((login) => `[${login}]:${port} ${hostKey}\n`);
  writeFileSync(join(directory, 'known_hosts'), hostKeyLines.join(''));
  execFileSync('cp', [join(directory, 'client.pub'), join(directory, 'authorized_keys')]);
  // All else is the default, MaxStartups 10:30:100 and MaxSessions 10 among it.
  for (const address of addresses) {
    const lines = [
      ...[
        `ListenAddress ${address}`,
        `Port ${port}`,
        `HostKey ${directory}/hostkey`,
        'PidFile none',
      ],
      ...[`AuthorizedKeysFile ${directory}/authorized_keys`, 'StrictModes no', 'UsePAM no'],
      'LogLevel ERROR',
    ];
    writeFileSync(join(directory, address), lines.map((line) => `${line}\n`).join(''));
  }
  const hosts = addresses
    .slice(0, count)
    .map((address, at) => `Host h${at + 1}\n  HostName ${address}\n`);
  const all = [
    ...['Host *', '  User root', `  Port ${port}`, `  IdentityFile ${directory}/client`],
    ...[
      `  UserKnownHostsFile ${directory}/known_hosts`,
      '  BatchMode yes',
      '  ControlPath none',
      '',
    ],
  ];
  const config = join(directory, 'ssh_config');
  writeFileSync(
    config,
    [...hosts, `Host hop\n  HostName ${jumpAddress}\n`, all.join('\n')].join(''),
  );
  const script = [
    // A login is not to run what this machine's own account runs at its own.
    `mount -t tmpfs tmpfs '${homedir()}'`,
    'mount -t tmpfs tmpfs /run && mkdir -p /run/sshd',
    `node -r @swc-node/register ${resolve('tools/bench/src/engine-double.ts')} /run/docker.sock &`,
    `for one in ${addresses.join(' ')}; do /usr/sbin/sshd -D -f ${directory}/$one & done`,
    'while [ ! -S /run/docker.sock ]; do sleep 0.1; done',
    `touch ${directory}/ready`,
    // Ends with this program, however that ends.
    'read -r line',
    'kill 0',
  ].join('\n');
  execFileSync('ip', ['route', 'replace', 'local', range, 'dev', 'lo']);
  const options: SpawnOptions = { stdio: ['pipe', 'ignore', 'ignore'], detached: true };
  const child = spawn('unshare', ['-m', '--propagation', 'private', 'bash', '-c', script], options);
  const silent = await Promise.all(
    Array.from({ length: silentHosts }, async (_, at) => {
      const server = createServer(() => undefined);
      await new Promise<void>((resolve) => server.listen(port, silentOf(at + 1), resolve));
      return server;
    }),
  );
  for (let tries = 0; !existsSync(join(directory, 'ready')) && tries < 600; tries += 1)
    await sleep(100);
  await sleep(1000);
  return { directory, config, stop: () => stopPark(directory, child, silent) };
}

function stopPark(directory: string, child: ChildProcess, silent: readonly Server[]): void {
  for (const server of silent) server.close();
  execFileSync('ip', ['route', 'delete', 'local', range, 'dev', 'lo']);
  if (child.pid !== undefined) process.kill(-child.pid, 'SIGTERM');
  rmSync(directory, { recursive: true, force: true });
}

/** A workspace whose lab has these hosts: the first two hold what the lab's own hold, each other one engine. */
function inventoryOf(park: Park, count: number, jump: boolean, silent = 0): Workspace {
  const workspace = new Workspace();
  mkdirSync(join(workspace.root, 'bench-keys'));
  cpSync(park.directory, join(workspace.root, 'bench-keys'), { recursive: true });
  for (let at = 1; at <= count; at += 1) {
    const first = { 1: 'trusted', 2: 'management' }[at];
    const services = { 1: '[dns, litellm, open-webui]', 2: '[ollama, qdrant, vllm]' }[at];
    const name = first ?? `h${at}`;
    const isSilent = at > count - silent;
    const lines = [
      `fqdn: ${name}.lab.test`,
      `address: ${isSilent ? silentOf(at - (count - silent)) : addressOf(at)}`,
      `role: ${name}`,
      `ssh: { user: root, port: ${port}, identity: bench-keys/client, knownHosts: bench-keys/known_hosts${jump ? ', jump: hop' : ''} }`,
      `services: ${services ?? '[ollama]'}`,
    ];
    workspace.write(`${inventory}/${name}.yaml`, `${lines.join('\n')}\n`);
  }
  return workspace;
}

/** The most connections to the hosts' ports that are established at once, by the kernel's list. */
function countConnections(): { stop: () => number } {
  let most = 0;
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')} 01 `;
  const timer = setInterval(() => {
    const text = readFileSync('/proc/net/tcp', 'utf8');
    const open = text.split('\n').filter((line) => line.slice(20).includes(suffix)).length;
    most = Math.max(most, open);
  }, 50);
  return {
    stop: () => {
      clearInterval(timer);
      return most;
    },
  };
}
