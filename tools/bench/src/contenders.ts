import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Line } from './line';

/** One way to bring the same services onto the same hosts. */
export interface Contender {
  name: string;
  /** The command, and the variables that it wants, for one line; with a change that it has to bring. */
  command: (
    line: Line,
    change?: Change,
  ) => { command: string[]; variables?: Record<string, string> };
  /** Whether it can bring a change. */
  canChange: boolean;
  /** Before the first run over a line; not measured. */
  prepare?: (line: Line) => string[];
  /** After the last. */
  finish?: (line: Line) => string[];
}

/** What one service is to become. */
export interface Change extends Placed {
  /** A workspace that says so. */
  root: string;
  /** The compose.yaml that it renders. */
  file: string;
}

/** A service and the host on which it stands. */
export interface Placed {
  host: string;
  service: string;
}

const folderOf = (service: string): string => `/opt/stacks/ai/${service}`;

export function ours(): Contender[] {
  const over = (line: Line) => ({ STACK_SSH_CONFIG: line.configFile, NO_COLOR: '1' });
  const contender = (name: string, ...program: string[]): Contender => ({
    name,
    canChange: true,
    command: (line, change) => ({
      command: ['env', '-C', change?.root ?? '.', ...program],
      variables: over(line),
    }),
  });
  const nx = (...args: string[]) => ['node_modules/.bin/nx', ...args, '--outputStyle=static'];
  return [
    contender('stack deploy (the command)', 'node', 'tools/stack/stack.cjs', 'deploy'),
    contender('nx run stack:deploy', ...nx('run', 'stack:deploy')),
    contender('nx run-many -t deploy', ...nx('run-many', '-t', 'deploy')),
  ];
}

/** What people do today: `ssh host docker compose up -d` in each folder, all at once. */
export function shellLoops(placed: readonly Placed[]): Contender[] {
  const loop = (line: Line, change: Change | undefined, up: string, more: string): string[] => {
    const each = placed.map(({ host, service }) => {
      const isChanged = change?.service === service && change.host === host;
      const bring = isChanged ? 'cat >.new && mv .new compose.yaml && ' : '';
      const script = `cd ${folderOf(service)} && ${bring}docker compose ${up}`;
      const input = isChanged ? change.file : '/dev/null';
      return `ssh -F ${line.configFile} ${more} ${host} '${script}' <${input} & pids="$pids $!"`;
    });
    // Fails when one of them does.
    return [
      'bash',
      '-c',
      `pids=\n${each.join('\n')}\nfor pid in $pids; do wait $pid || exit 1; done`,
    ];
  };
  const hosts = [...new Set(placed.map(({ host }) => host))];
  const socket = (line: Line) => `/tmp/bench-${process.pid}-${line.delayMs}-%h`;
  const shared = (line: Line) => `-o ControlMaster=no -o ControlPath=${socket(line)}`;
  const onHosts = (line: Line, options: string) =>
    hosts.map(
      (host) => `ssh -F ${line.configFile} -o ControlPath=${socket(line)} ${options} ${host}`,
    );
  const masters = {
    prepare: (line: Line) => [
      ...['bash', '-ec'],
      onHosts(line, '-o ControlMaster=auto -o ControlPersist=600 -fN').join('\n'),
    ],
    finish: (line: Line) => [
      'bash',
      '-c',
      `${onHosts(line, '-O exit 2>/dev/null').join('; ')}; true`,
    ],
  };
  return [
    {
      name: 'ssh loop, shared master, up -d --wait',
      canChange: true,
      command: (line, change) => ({ command: loop(line, change, 'up -d --wait', shared(line)) }),
      ...masters,
    },
    {
      name: 'ssh loop, shared master, up -d',
      canChange: true,
      command: (line, change) => ({ command: loop(line, change, 'up -d', shared(line)) }),
      ...masters,
    },
    {
      name: 'ssh loop, cold, up -d --wait',
      canChange: true,
      command: (line, change) => ({
        command: loop(line, change, 'up -d --wait', '-o ControlPath=none'),
      }),
    },
  ];
}

/** Compose here, the engine there. Its ssh takes no options, so that a program of the same name adds them. */
export function dockerHost(
  placed: readonly Placed[],
  compose: string,
  folder: string,
  files: string,
): Contender {
  return {
    name: 'DOCKER_HOST=ssh://, up -d --wait',
    canChange: false,
    command: (line) => {
      const bin = resolve(folder, `bin-${line.delayMs}`);
      mkdirSync(bin, { recursive: true });
      const wrapper = `#!/bin/sh\nexec /usr/bin/ssh -F ${line.configFile} "$@"\n`;
      writeFileSync(join(bin, 'ssh'), wrapper, { mode: 0o755 });
      const each = placed.map(({ host, service }) => {
        const own = join(files, host, service);
        const place = `--project-directory ${folderOf(service)} -f ${own}/compose.yaml --env-file ${own}/.env`;
        return `DOCKER_HOST=ssh://${host} ${compose} -p ai-${service} ${place} up -d --wait & pids="$pids $!"`;
      });
      const script = `pids=\n${each.join('\n')}\nfor pid in $pids; do wait $pid || exit 1; done`;
      return {
        command: ['bash', '-c', script],
        variables: { PATH: `${bin}:${process.env['PATH'] ?? ''}` },
      };
    },
  };
}

/** Ansible with pipelining and without facts: a play that copies each compose file and brings it up. */
export function ansible(
  placed: readonly Placed[],
  program: string,
  folder: string,
  files: string,
): Contender {
  const hosts = [...new Set(placed.map(({ host }) => host))];
  return {
    name: 'Ansible, docker_compose_v2, pipelining',
    canChange: false,
    command: (line) => {
      const base = join(folder, `ansible-${line.delayMs}`);
      mkdirSync(base, { recursive: true });
      const variables = 'ansible_python_interpreter=/var/tmp/bench-python/bin/python3';
      writeFileSync(join(base, 'hosts'), hosts.map((host) => `${host} ${variables}\n`).join(''));
      writeFileSync(join(base, 'play.yaml'), playOf(placed, hosts, files));
      return {
        command: [program, '-i', join(base, 'hosts'), '--forks', '10', join(base, 'play.yaml')],
        variables: {
          ANSIBLE_PIPELINING: 'True',
          ANSIBLE_SSH_ARGS: `-F ${line.configFile} -o ControlMaster=auto -o ControlPersist=60s`,
          ANSIBLE_SSH_CONTROL_PATH: `/tmp/bench-ansible-${line.delayMs}-%%h`,
          ANSIBLE_NOCOLOR: '1',
        },
      };
    },
  };
}

function playOf(placed: readonly Placed[], hosts: readonly string[], files: string): string {
  const plays = hosts.map((host) => ({
    hosts: host,
    gather_facts: false,
    tasks: placed
      .filter((one) => one.host === host)
      .flatMap(({ service }) => [
        {
          name: `files of ${service}`,
          'ansible.builtin.copy': {
            src: join(files, host, service, 'compose.yaml'),
            dest: `${folderOf(service)}/compose.yaml`,
            mode: '0644',
          },
        },
        {
          name: `up ${service}`,
          'community.docker.docker_compose_v2': {
            project_src: folderOf(service),
            wait: true,
            pull: 'never',
          },
        },
      ]),
  }));
  // JSON is YAML. Both hosts side by side: one play for each would be one behind the other.
  const all = { hosts: hosts.join(','), gather_facts: false, strategy: 'free' };
  const tasks = plays.flatMap(({ hosts: host, tasks: list }) =>
    list.map((task) => ({ ...task, when: `inventory_hostname == '${host}'` })),
  );
  return JSON.stringify([{ ...all, tasks }], null, 2);
}

export function isThere(program: string): boolean {
  return existsSync(program);
}
