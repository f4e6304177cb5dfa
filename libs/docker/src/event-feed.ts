import { createInterface } from 'node:readline';
import { StackError } from '@ai-stack/core';

/** Opens the engine's stream of events; ends it when the signal aborts. */
type OpenStream = (signal: AbortSignal) => Promise<NodeJS.ReadableStream>;

interface Watcher {
  project: string;
  onEvent: () => void;
  end: (error?: Error) => void;
}

const projectLabel = 'com.docker.compose.project';

/** One stream of events for all who watch the engine of a host; open as long as one of them watches. */
export class EventFeed {
  readonly #host: string;
  readonly #open: OpenStream;
  readonly #watchers = new Set<Watcher>();
  #stream: AbortController | undefined;

  constructor(host: string, open: OpenStream) {
    this.#host = host;
    this.#open = open;
  }

  /** Calls back on every event of a project's containers until `signal` aborts; rejects when the stream is lost. */
  watch(project: string, onEvent: () => void, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const leave = (): void => watcher.end();
      const watcher: Watcher = {
        project,
        onEvent,
        end: (error) => {
          signal.removeEventListener('abort', leave);
          this.#watchers.delete(watcher);
          if (this.#watchers.size === 0) this.#close();
          if (error === undefined) resolve();
          else reject(error);
        },
      };
      signal.addEventListener('abort', leave);
      this.#watchers.add(watcher);
      if (this.#stream === undefined) void this.#read();
    });
  }

  #close(): void {
    this.#stream?.abort();
    this.#stream = undefined;
  }

  async #read(): Promise<void> {
    const own = new AbortController();
    this.#stream = own;
    let error: Error = new StackError('the engine stopped sending events', {
      where: { host: this.#host },
    });
    try {
      const stream = await this.#open(own.signal);
      for await (const line of createInterface({ input: stream })) this.#dispatch(line);
    } catch (caught) {
      error = caught instanceof Error ? caught : new Error(String(caught));
    }
    if (this.#stream !== own) return;
    for (const watcher of [...this.#watchers]) watcher.end(error);
  }

  /** What cannot be read wakes everybody: it costs each one look. */
  #dispatch(line: string): void {
    if (line.trim() === '') return;
    const project = projectOf(line);
    for (const watcher of this.#watchers) {
      if (project === undefined || project === watcher.project) watcher.onEvent();
    }
  }
}

function projectOf(line: string): string | undefined {
  try {
    const event = JSON.parse(line) as { Actor?: { Attributes?: Record<string, string> } };
    return event.Actor?.Attributes?.[projectLabel];
  } catch {
    return undefined;
  }
}
