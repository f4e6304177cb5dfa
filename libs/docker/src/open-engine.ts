import { setMaxListeners } from 'node:events';
import { Agent } from 'node:http';
import { createInterface } from 'node:readline';
import { inspect } from 'node:util';
import { flattenErrors, StackError } from '@ai-stack/core';
import type { Connection } from '@ai-stack/ssh';
import Docker from 'dockerode';
import type { Engine, PullProgress } from './engine';
import { explainPull, explainSilence, socketScript } from './explain';
import type { ContainerFact, EngineFacts } from './facts';
import {
  addInspection,
  parseContainer,
  parseHealthLog,
  parseImage,
  parseLogs,
  parseNetwork,
  sortBy,
} from './parse-facts';
import { PullCount, type PullLine } from './pull-progress';

const remoteSocket = '/var/run/docker.sock';
const deadlineMs = 30_000;
/** A pull may take an hour, but not this long without a word. */
const stallMs = 300_000;
/** Without exec_*: each health check makes three of these. `health_status` matches every value (moby #25798). */
const watchedEvents = 'create start die stop kill restart oom pause unpause destroy health_status';

/** Opens the engine of a host through a forward of its socket. No question is asked yet. */
export async function openEngine(connection: Connection): Promise<Engine> {
  // sshd forwards a socket with the rights of the user, who may have none to it.
  const socketPath = await (connection.usesSudo
    ? connection.forwardCommand(['docker', 'system', 'dial-stdio'])
    : connection.forwardSocket(remoteSocket));
  return new SocketEngine(connection, openDocker(socketPath, connection.usesSudo ? 3 : Infinity));
}

/** Two methods whose options the published types leave out. */
interface Untyped {
  version(options: { abortSignal: AbortSignal }): Promise<Docker.DockerVersion>;
  info(options: { abortSignal: AbortSignal }): Promise<{ Runtimes?: object }>;
}

/** dockerode with a keep-alive agent; docker-modem takes one, only the published types do not say so. */
function openDocker(socketPath: string, maxSockets: number): Docker {
  const agent = new Agent({ keepAlive: true, maxSockets });
  // docker-modem formats the options of each request for its debug log, also when nobody reads that: the agent with all
  // that hangs on its sockets was a tenth of a no-op.
  Object.assign(agent, { [inspect.custom]: () => 'an agent' });
  const options = { socketPath, agent };
  return new Docker(options);
}

class SocketEngine implements Engine {
  readonly host: string;
  readonly #connection: Connection;
  readonly #docker: Docker;

  constructor(connection: Connection, docker: Docker) {
    this.host = connection.host;
    this.#connection = connection;
    this.#docker = docker;
  }

  collectFacts(): Promise<EngineFacts> {
    const untyped = this.#docker as unknown as Untyped;
    return this.#ask('reading the engine', async (abortSignal) => {
      const [version, info, containers, images, networks] = await Promise.all([
        untyped.version({ abortSignal }),
        untyped.info({ abortSignal }),
        this.#docker.listContainers({ all: true, abortSignal }),
        this.#docker.listImages({ abortSignal }),
        this.#docker.listNetworks({ abortSignal }),
      ]);
      return {
        engineVersion: version.Version,
        apiVersion: version.ApiVersion,
        hasNvidiaRuntime: Object.hasOwn(info.Runtimes ?? {}, 'nvidia'),
        containers: sortBy(containers.map(parseContainer), (one) => `${one.name} ${one.id}`),
        images: sortBy(images.map(parseImage), (one) => one.id),
        networks: sortBy(networks.map(parseNetwork), (one) => one.name),
      };
    });
  }

  inspectProject(project: string): Promise<ContainerFact[]> {
    return this.#ask(`reading the containers of ${project}`, async (abortSignal) => {
      const filters = { label: [`com.docker.compose.project=${project}`] };
      const listed = await this.#docker.listContainers({ all: true, filters, abortSignal });
      const facts = await Promise.all(
        listed.map(async (one) => {
          const container = this.#docker.getContainer(one.Id);
          const inspected = await container.inspect({ abortSignal }).catch(unlessMissing);
          return inspected && addInspection(parseContainer(one), inspected);
        }),
      );
      const found = facts.filter((fact) => fact !== undefined);
      return sortBy(found, (one) => `${one.name} ${one.id}`);
    });
  }

  logs(containerId: string, lines: number): Promise<string[]> {
    return this.#ask('reading logs', async (abortSignal) => {
      const container = this.#docker.getContainer(containerId);
      const options = { stdout: true, stderr: true, tail: lines, follow: false as const };
      return parseLogs(await container.logs({ ...options, abortSignal }));
    });
  }

  healthLog(containerId: string): Promise<string[]> {
    return this.#ask('reading the health log', async (abortSignal) =>
      parseHealthLog(await this.#docker.getContainer(containerId).inspect({ abortSignal })),
    );
  }

  async pullImage(image: string, onProgress: (progress: PullProgress) => void): Promise<void> {
    const count = new PullCount(image);
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), stallMs);
    try {
      const stream: NodeJS.ReadableStream = await this.#docker.pull(image, {
        abortSignal: abort.signal,
      });
      for await (const text of createInterface({ input: stream })) {
        timer.refresh();
        if (text.trim() === '') continue;
        count.add(JSON.parse(text) as PullLine);
        onProgress(count.progress);
      }
    } catch (error) {
      if (isSilence(error)) throw await this.#explain(error);
      throw explainPull(
        this.host,
        image,
        abort.signal.aborted ? 'i/o timeout' : said(error),
        error,
      );
    } finally {
      clearTimeout(timer);
    }
    if (count.failure !== undefined) throw explainPull(this.host, image, count.failure);
  }

  async tagImage(image: string, repository: string, tag: string): Promise<void> {
    await this.#ask(`tagging ${image}`, (abortSignal) =>
      this.#docker.getImage(image).tag({ repo: repository, tag, abortSignal }),
    );
  }

  async removeImageTag(reference: string): Promise<void> {
    await this.#ask(`removing the tag ${reference}`, (abortSignal) =>
      this.#docker.getImage(reference).remove({ abortSignal }).catch(unlessMissing),
    );
  }

  async createNetwork(name: string, labels: Record<string, string>): Promise<void> {
    // Engines before 25 make a second network of the same name unless told to check.
    const options = { Name: name, Labels: labels, CheckDuplicate: true };
    await this.#ask(`creating the network ${name}`, (abortSignal) =>
      this.#docker.createNetwork({ ...options, abortSignal }).catch((error: unknown) => {
        if (statusOf(error) !== 409) throw error;
      }),
    );
  }

  async removeNetwork(name: string): Promise<void> {
    await this.#ask(`removing the network ${name}`, (abortSignal) =>
      this.#docker.getNetwork(name).remove({ abortSignal }).catch(unlessMissing),
    );
  }

  async watch(project: string, onEvent: () => void, signal: AbortSignal): Promise<void> {
    const label = [`com.docker.compose.project=${project}`];
    const filters = { type: ['container' as const], label, event: watchedEvents.split(' ') };
    try {
      const stream = await this.#docker.getEvents({ filters, abortSignal: signal });
      for await (const text of stream) if (String(text).trim() !== '') onEvent();
    } catch (error) {
      if (!signal.aborted) throw await this.#explain(error);
    }
    if (!signal.aborted) {
      throw new StackError('the engine stopped sending events', { where: { host: this.host } });
    }
  }

  /** Runs a question with a deadline; its errors are told as ours. */
  async #ask<Answer>(
    doing: string,
    ask: (signal: AbortSignal) => Promise<Answer>,
  ): Promise<Answer> {
    const signal = AbortSignal.timeout(deadlineMs);
    // One deadline for many questions side by side, which each listen to it.
    setMaxListeners(0, signal);
    try {
      return await ask(signal);
    } catch (error) {
      if (signal.aborted) {
        throw new StackError(
          `${doing}: the Docker Engine did not answer in ${deadlineMs / 1000} s`,
          {
            where: { host: this.host },
            fix: 'look at the load of the host and at journalctl -u docker there',
            cause: error,
          },
        );
      }
      if (isSilence(error)) throw await this.#explain(error);
      throw new StackError(`${doing} failed: ${said(error)}`, {
        where: { host: this.host },
        cause: error,
      });
    }
  }

  /** Why nobody answers at the socket: only the host can tell. */
  async #explain(error: unknown): Promise<StackError> {
    if (!isSilence(error)) {
      const [first] = flattenErrors(error, { host: this.host });
      if (first !== undefined) return first;
    }
    try {
      const { stdout } = await this.#connection.script(socketScript, [remoteSocket], {
        doing: "asking for the engine's socket",
      });
      return explainSilence(this.host, stdout.trim().split('\n').at(-1) ?? '', error);
    } catch (lost) {
      return flattenErrors(lost, { host: this.host })[0] ?? explainSilence(this.host, '', error);
    }
  }
}

function statusOf(error: unknown): number | undefined {
  return (error as { statusCode?: number }).statusCode;
}

/** Whether no answer came at all; a forwarded socket with nobody behind it just closes. */
function isSilence(error: unknown): boolean {
  const { code } = error as { code?: string };
  return ['ECONNRESET', 'ECONNREFUSED', 'ENOENT', 'EPIPE'].includes(code ?? '');
}

function unlessMissing(error: unknown): undefined {
  if (statusOf(error) !== 404) throw error;
}

/** The engine's own words: `(HTTP code 404) no such image - ...` without the front part. */
function said(error: unknown): string {
  const message = (error as { json?: { message?: string } }).json?.message;
  return (message ?? (error instanceof Error ? error.message : String(error))).trim();
}
