import { setMaxListeners } from 'node:events';
import { Agent, type AgentOptions } from 'node:http';
import { createInterface } from 'node:readline';
import { inspect } from 'node:util';
import { flattenErrors, StackError } from '@ai-stack/core';
import { openGate, type Connection } from '@ai-stack/ssh';
import type Docker from 'dockerode';
import { dockerProgram, engineSocket } from './docker-program';
import type { ContainerUsage, Engine, NetworkRequest, PullProgress } from './engine';
import { EventFeed } from './event-feed';
import { explainPull, explainSilence, socketScript } from './explain';
import type { ContainerFact, EngineFacts } from './facts';
import { networkOptions } from './network-options';
import {
  addInspection,
  addSettings,
  parseContainer,
  parseHealthLog,
  parseImage,
  parseLogs,
  parseNetwork,
  parseRegistries,
  parseUsage,
  type RegistryConfig,
  sortBy,
} from './parse-facts';
import { PullCount, type PullLine } from './pull-progress';

const defaultDeadlineMs = 30_000;
/** A pull may take an hour, but not this long without a word. */
const stallMs = 300_000;
/** Without exec_*: each health check makes three of these. `health_status` matches every value (moby #25798). */
const watchedEvents = {
  type: ['container' as const],
  label: ['com.docker.compose.project'],
  event: 'create start die stop kill restart oom pause unpause destroy health_status'.split(' '),
};

/** Through sudo each connection to the engine is an SSH session, of which sshd allows ten; see `sessionLimits`. */
const sudoQuestions = 2;
const sudoPulls = 2;

interface EngineOptions {
  /** How long a question may take from when it is asked, with its turn in the queue; default: 30 s. */
  deadlineMs?: number;
}

/**
 * Opens the engine of a host through a forward of its socket. No question is asked yet. Streams (events, pulls) have
 * connections of their own, so that a question never waits for a stream to end. The library is read meanwhile.
 */
export async function openEngine(
  connection: Connection,
  options: EngineOptions = {},
): Promise<Engine> {
  const { usesSudo } = connection;
  // sshd forwards a socket with the rights of the user, who may have none to it.
  const forwarded = usesSudo
    ? connection.forwardCommand([...dockerProgram(), 'system', 'dial-stdio'])
    : connection.forwardSocket(engineSocket);
  const [socketPath, { default: Library }] = await Promise.all([forwarded, import('dockerode')]);
  const open = (agentOptions: AgentOptions): Docker =>
    new Library({ socketPath, agent: openAgent(agentOptions) } as Docker.DockerOptions);
  const questions = open({ keepAlive: true, maxSockets: usesSudo ? sudoQuestions : Infinity });
  const streams = open({ keepAlive: false });
  return new SocketEngine(connection, questions, streams, options.deadlineMs ?? defaultDeadlineMs);
}

/** Two methods whose options the published types leave out. */
interface Untyped {
  version(options: { abortSignal: AbortSignal }): Promise<Docker.DockerVersion>;
  info(options: {
    abortSignal: AbortSignal;
  }): Promise<{ Runtimes?: object; RegistryConfig?: RegistryConfig | null }>;
}

/** For dockerode: docker-modem takes an agent, only the published types do not say so. */
function openAgent(options: AgentOptions): Agent {
  // docker-modem formats the options of each request for its debug log, also when nobody reads that: the agent with all
  // that hangs on its sockets was a tenth of a no-op.
  return Object.assign(new Agent(options), { [inspect.custom]: () => 'an agent' });
}

class SocketEngine implements Engine {
  readonly host: string;
  readonly #connection: Connection;
  readonly #docker: Docker;
  readonly #streams: Docker;
  readonly #deadlineMs: number;
  readonly #events: EventFeed;
  readonly #pulls: ReturnType<typeof openGate>;

  constructor(connection: Connection, questions: Docker, streams: Docker, deadlineMs: number) {
    this.host = connection.host;
    this.#connection = connection;
    this.#docker = questions;
    this.#streams = streams;
    this.#deadlineMs = deadlineMs;
    this.#pulls = openGate(connection.usesSudo ? sudoPulls : Infinity);
    this.#events = new EventFeed(this.host, async (abortSignal) => {
      try {
        return await streams.getEvents({ filters: watchedEvents, abortSignal });
      } catch (error) {
        throw await this.#explain(error);
      }
    });
  }

  collectFacts(inspected: readonly string[] = []): Promise<EngineFacts> {
    const untyped = this.#docker as unknown as Untyped;
    return this.#ask('reading the engine', async (abortSignal) => {
      const inspect = (name: string) =>
        this.#docker.getContainer(name).inspect({ abortSignal }).catch(unlessMissing);
      const [version, info, containers, images, networks, ...first] = await Promise.all([
        untyped.version({ abortSignal }),
        untyped.info({ abortSignal }),
        this.#docker.listContainers({ all: true, abortSignal }),
        this.#docker.listImages({ abortSignal }),
        this.#docker.listNetworks({ abortSignal }),
        ...inspected.map((name) => inspect(`${name}-1`)),
      ]);
      const settings = new Map(
        first.flatMap((item) => (item ? [[item.Id, addSettings(item)]] : [])),
      );
      const wanted = containers.map(parseContainer);
      const later = wanted.filter(
        ({ id, project, service }) =>
          !settings.has(id) && inspected.includes(`${project ?? ''}-${service ?? ''}`),
      );
      for (const item of await Promise.all(later.map(({ id }) => inspect(id))))
        if (item) settings.set(item.Id, addSettings(item));
      const facts = wanted.map((fact) => ({ ...fact, ...settings.get(fact.id) }));
      return {
        engineVersion: version.Version,
        apiVersion: version.ApiVersion,
        architecture: version.Arch,
        registries: parseRegistries(info.RegistryConfig),
        hasNvidiaRuntime: Object.hasOwn(info.Runtimes ?? {}, 'nvidia'),
        containers: sortBy(facts, (item) => `${item.name} ${item.id}`),
        images: sortBy(images.map(parseImage), (item) => item.id),
        networks: sortBy(networks.map(parseNetwork), (item) => item.name),
      };
    });
  }

  inspectProject(project: string): Promise<ContainerFact[]> {
    return this.#ask(`reading the containers of ${project}`, async (abortSignal) => {
      const filters = { label: [`com.docker.compose.project=${project}`] };
      const listed = await this.#docker.listContainers({ all: true, filters, abortSignal });
      const facts = await Promise.all(
        listed.map(async (item) => {
          const container = this.#docker.getContainer(item.Id);
          const inspected = await container.inspect({ abortSignal }).catch(unlessMissing);
          return inspected && addInspection(parseContainer(item), inspected);
        }),
      );
      const present = facts.filter((fact) => fact !== undefined);
      return sortBy(present, (item) => `${item.name} ${item.id}`);
    });
  }

  logs(containerId: string, lines: number): Promise<string[]> {
    return this.#ask('reading logs', async (abortSignal) => {
      const container = this.#docker.getContainer(containerId);
      const options = { stdout: true, stderr: true, tail: lines, follow: false as const };
      return parseLogs(await container.logs({ ...options, abortSignal }));
    });
  }

  usage(containerId: string): Promise<ContainerUsage> {
    return this.#ask('reading its usage', async (abortSignal) => {
      const options = { stream: false as const, 'one-shot': true, abortSignal };
      return parseUsage(await this.#docker.getContainer(containerId).stats(options));
    });
  }

  healthLog(containerId: string): Promise<string[]> {
    return this.#ask('reading the health log', async (abortSignal) =>
      parseHealthLog(await this.#docker.getContainer(containerId).inspect({ abortSignal })),
    );
  }

  /** One that waits for its turn needs no deadline: those before it end when nothing comes any more. */
  pullImage(image: string, onProgress: (progress: PullProgress) => void): Promise<void> {
    return this.#pulls(() => this.#pull(image, onProgress));
  }

  async #pull(image: string, onProgress: (progress: PullProgress) => void): Promise<void> {
    const count = new PullCount(image);
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), stallMs);
    try {
      const stream: NodeJS.ReadableStream = await this.#streams.pull(image, {
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
        abort.signal.aborted ? 'i/o timeout' : textOf(error),
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

  async createNetwork(network: NetworkRequest, labels: Record<string, string>): Promise<void> {
    const { name } = network;
    const options = networkOptions(network, labels);
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

  watch(project: string, onEvent: () => void, signal: AbortSignal): Promise<void> {
    return this.#events.watch(project, onEvent, signal);
  }

  /** Runs a question with a deadline, which holds from now; its errors are reported as ours. */
  async #ask<Answer>(
    doing: string,
    ask: (signal: AbortSignal) => Promise<Answer>,
  ): Promise<Answer> {
    const deadlineMs = this.#deadlineMs;
    const signal = AbortSignal.timeout(deadlineMs);
    // One deadline for many questions in parallel, which each listen to it.
    setMaxListeners(0, signal);
    try {
      // Node does not pass its signal to a request that still waits for a connection.
      return await Promise.race([ask(signal), aborted(signal)]);
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
      throw new StackError(`${doing} failed: ${textOf(error)}`, {
        where: { host: this.host },
        cause: error,
      });
    }
  }

  /** Why nobody answers at the socket: only the host knows. */
  async #explain(error: unknown): Promise<StackError> {
    if (!isSilence(error)) {
      const [first] = flattenErrors(error, { host: this.host });
      if (first !== undefined) return first;
    }
    try {
      const { stdout } = await this.#connection.script(socketScript, [engineSocket], {
        doing: "asking for the engine's socket",
      });
      return explainSilence(this.host, stdout.trim().split('\n').at(-1) ?? '', error);
    } catch (lost) {
      return flattenErrors(lost, { host: this.host })[0] ?? explainSilence(this.host, '', error);
    }
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}

function statusOf(error: unknown): number | undefined {
  return (error as { statusCode?: number }).statusCode;
}

/** Whether no answer came at all; a forwarded socket without a server just closes. */
function isSilence(error: unknown): boolean {
  const { code } = error as { code?: string };
  return ['ECONNRESET', 'ECONNREFUSED', 'ENOENT', 'EPIPE'].includes(code ?? '');
}

function unlessMissing(error: unknown): undefined {
  if (statusOf(error) !== 404) throw error;
}

/** The engine's own words: `(HTTP code 404) no such image - ...` without the front part. */
function textOf(error: unknown): string {
  const message = (error as { json?: { message?: string } }).json?.message;
  return (message ?? (error instanceof Error ? error.message : String(error))).trim();
}
