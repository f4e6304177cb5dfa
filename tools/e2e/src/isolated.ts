import { askHost, onHost, type Ran } from './lab';

const forever = ['node', '-e', 'setInterval(() => undefined, 1e6)'];

/** Containers of one test on a lab host that reach each other at most: prod's files run there, prod's names are never asked. */
export class Isolated {
  readonly #prefix: string;

  constructor(
    readonly host: string,
    readonly test: string,
  ) {
    this.#prefix = `contract-${test}`;
  }

  /** Puts a file onto the host, readable by everybody; returns its directory, to be mounted. */
  async write(path: string, content: string): Promise<string> {
    const file = `/var/tmp/${this.#prefix}/${path}`;
    const script = 'umask 022; mkdir -p "$(dirname "$0")"; cat >"$0"';
    const ran = await askHost(this.host, content, 'sh', '-c', script, file);
    if (ran.code !== 0) throw new Error(`${this.host} has no ${file}: ${ran.err}`);
    return file.slice(0, file.lastIndexOf('/'));
  }

  /** A Docker network without a way out of the host. */
  async createNetwork(name: string): Promise<void> {
    await onHost(
      this.host,
      ...['docker', 'network', 'create', '--internal', '--label', this.#label, name],
    );
  }

  /** Starts a container, without any network unless the options name one. */
  async start(part: string, image: string, options: string[], command: string[] = []) {
    const network = options.includes('--network') ? [] : ['--network', 'none'];
    const own = ['--name', this.nameOf(part), '--label', this.#label, ...network];
    await onHost(this.host, 'docker', 'run', '-d', ...own, ...options, image, ...command);
  }

  /** Starts a container that does nothing, and has Node and curl to ask those with which it shares its network. */
  async startIdle(part: string, options: string[] = []): Promise<void> {
    const [program = '', ...args] = forever;
    await this.start(
      part,
      'ai-stack-lab/idp-double:1',
      [...options, '--entrypoint', program],
      args,
    );
  }

  nameOf(part: string): string {
    return `${this.#prefix}-${part}`;
  }

  exec(part: string, ...command: string[]): Promise<Ran> {
    return askHost(this.host, '', 'docker', 'exec', this.nameOf(part), ...command);
  }

  /** What a container said, on both of its outputs. */
  async logs(part: string): Promise<string> {
    const { out, err } = await askHost(this.host, '', 'docker', 'logs', this.nameOf(part));
    return `${out}\n${err}`;
  }

  /** Takes everything away, also what an aborted run of the same test left. */
  async remove(): Promise<void> {
    const script = [
      'docker ps -aq --filter "label=$0" | xargs -r docker rm -f -v',
      'docker network ls -q --filter "label=$0" | xargs -r docker network rm',
      'rm -rf "/var/tmp/$1"',
    ].join('; ');
    await onHost(this.host, 'sh', '-c', script, this.#label, this.#prefix);
  }

  get #label(): string {
    return `ai-stack-lab.contract=${this.test}`;
  }
}

/** Repeats a question until its answer passes; throws the last answer when none did in time. */
export async function waitFor<T>(
  question: () => Promise<T>,
  passes: (answer: T) => boolean,
  seconds: number,
): Promise<T> {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const answer = await question();
    if (passes(answer)) return answer;
    if (Date.now() > end) throw new Error(`after ${seconds} s still ${JSON.stringify(answer)}`);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}
