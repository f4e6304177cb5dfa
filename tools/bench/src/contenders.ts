import { copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Line } from './line';

/** One way to bring the same services onto the same hosts. */
export interface Contender {
  name: string;
  /** The command, and the variables that it wants, for one line and one task. */
  command: (line: Line, task: Task) => { command: string[]; variables?: Record<string, string> };
  /** Before the first run over a line; not measured. */
  prepare?: (line: Line) => string[];
  /** After the last. */
  finish?: (line: Line) => string[];
}

/** What there is to do; nothing of it: all runs as it should. */
export interface Task {
  change?: Change | undefined;
  /** Nothing is there yet, so that all files have to be brought. */
  isFirst?: boolean;
}

/** What one service is to become. */
export interface Change extends Placed {
  /** A workspace that says so. */
  root: string;
  /** The compose.yaml that it renders. */
  file: string;
}

/** A service and its host. */
export interface Placed {
  host: string;
  service: string;
}

const directoryOf = (service: string): string => `/opt/stacks/ai/${service}`;

export function ours(): Contender[] {
  const over = (line: Line) => ({ STACK_SSH_CONFIG: line.configFile, NO_COLOR: '1' });
  const contender = (name: string, ...program: string[]): Contender => ({
    name,
    command: (line, { change }) => ({
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

/**
 * What operators do today: `ssh host docker compose up -d` in each directory, all at once; `files` has what they bring.
 */
export function shellLoops(placed: readonly Placed[], files: string): Contender[] {
  const loop = (line: Line, task: Task, up: string, more: string): string[] => {
    const each = placed.map((item) => {
      const { bring, input } = bringing(item, task, files);
      const script = `${bring}cd ${directoryOf(item.service)} && docker compose ${up}`;
      return `ssh -F ${line.configFile} ${more} ${item.host} '${script}' <${input} & pids="$pids $!"`;
    });
    return sideBySide(each);
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
      command: (line, task) => ({ command: loop(line, task, 'up -d --wait', shared(line)) }),
      ...masters,
    },
    {
      name: 'ssh loop, shared master, up -d',
      command: (line, task) => ({ command: loop(line, task, 'up -d', shared(line)) }),
      ...masters,
    },
    {
      name: 'ssh loop, cold, up -d --wait',
      command: (line, task) => ({
        command: loop(line, task, 'up -d --wait', '-o ControlPath=none'),
      }),
    },
  ];
}

/** sshd serves ten sessions of one connection, and drops new connections when too many log in at once. */
const atOnce = 8;

/** Runs all of them, eight at a time; fails when one of them does. */
function sideBySide(commands: readonly string[]): string[] {
  const parts = Array.from({ length: Math.ceil(commands.length / atOnce) }, (_, at) =>
    commands.slice(at * atOnce, (at + 1) * atOnce),
  );
  const wait = 'for pid in $pids; do wait $pid || exit 1; done';
  return ['bash', '-c', parts.map((part) => `pids=\n${part.join('\n')}\n${wait}`).join('\n')];
}

/** How a shell brings the files of a service: none when nothing changed, one for a change, all for a first deploy. */
function bringing(
  { host, service }: Placed,
  { change, isFirst = false }: Task,
  files: string,
): { bring: string; input: string } {
  const directory = directoryOf(service);
  if (isFirst) {
    const bring = `mkdir -p ${directory} && tar -C ${directory} -x && `;
    return { bring, input: ` <(tar -C ${join(files, host, service)} -c .)` };
  }
  if (change?.service === service && change.host === host) {
    const file = `${directory}/compose.yaml`;
    return { bring: `cat >${file}.new && mv ${file}.new ${file} && `, input: change.file };
  }
  return { bring: '', input: '/dev/null' };
}

/** Compose here, the engine there. Its ssh takes no options, so that a program of the same name adds them. */
export function dockerHost(
  placed: readonly Placed[],
  compose: string,
  directory: string,
  files: string,
): Contender {
  return {
    name: 'DOCKER_HOST=ssh://, up -d --wait',
    command: (line, task) => {
      takeOver(files, task);
      const bin = resolve(directory, `bin-${line.delayMs}`);
      mkdirSync(bin, { recursive: true });
      const wrapper = `#!/bin/sh\nexec /usr/bin/ssh -F ${line.configFile} "$@"\n`;
      writeFileSync(join(bin, 'ssh'), wrapper, { mode: 0o755 });
      const each = placed.map((item) => {
        const { host, service } = item;
        const own = join(files, host, service);
        const env = existsSync(join(own, '.env')) ? ` --env-file ${own}/.env` : '';
        const place = `--project-directory ${directoryOf(service)} -f ${own}/compose.yaml${env}`;
        const up = `DOCKER_HOST=ssh://${host} ${compose} -p ai-${service} ${place} up -d --wait`;
        const { bring, input } = bringing(item, { isFirst: task.isFirst ?? false }, files);
        // What containers mount has to be on the host all the same.
        const first = task.isFirst === true ? `ssh ${host} '${bring}true' <${input} && ` : '';
        return `{ ${first}${up}; } & pids="$pids $!"`;
      });
      return {
        command: sideBySide(each),
        variables: { PATH: `${bin}:${process.env['PATH'] ?? ''}` },
      };
    },
  };
}

/** Ansible with pipelining and without facts: a play that copies the files of each service and brings it up. */
export function ansible(
  placed: readonly Placed[],
  program: string,
  directory: string,
  files: string,
): Contender {
  const hosts = [...new Set(placed.map(({ host }) => host))];
  return {
    name: 'Ansible, docker_compose_v2, pipelining',
    command: (line, task) => {
      takeOver(files, task);
      const base = join(directory, `ansible-${line.delayMs}`);
      mkdirSync(base, { recursive: true });
      const variables = 'ansible_python_interpreter=/var/tmp/bench-python/python3';
      writeFileSync(join(base, 'hosts'), hosts.map((host) => `${host} ${variables}\n`).join(''));
      writeFileSync(join(base, 'play.yaml'), playOf(placed, files));
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

/** For those that copy a directory of this machine: the change is made in that directory. */
function takeOver(files: string, { change }: Task): void {
  if (change === undefined) return;
  copyFileSync(change.file, join(files, change.host, change.service, 'compose.yaml'));
}

/** One play for all hosts, so that they are done in parallel; JSON is YAML. */
function playOf(placed: readonly Placed[], files: string): string {
  const tasks = placed.flatMap(({ host, service }) => {
    const when = `inventory_hostname == '${host}'`;
    const copy = {
      src: `${join(files, host, service)}/`,
      dest: directoryOf(service),
      mode: 'preserve',
    };
    const up = { project_src: directoryOf(service), wait: true, pull: 'never' };
    return [
      { name: `files of ${service}`, 'ansible.builtin.copy': copy, when },
      { name: `up ${service}`, 'community.docker.docker_compose_v2': up, when },
    ];
  });
  const hosts = [...new Set(placed.map(({ host }) => host))].join(',');
  return JSON.stringify([{ hosts, gather_facts: false, strategy: 'free', tasks }], null, 2);
}
