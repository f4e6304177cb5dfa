import { StackError } from '@ai-stack/core';

/** How many commands run at once over one connection, and how many of them may be long ones. */
interface SessionLimits {
  all: number;
  long: number;
}

/** What may take longer than this is long: it leaves room for what is short. */
const shortMs = 120_000;

/**
 * sshd's MaxSessions is 10 unless set otherwise. With sudo five of them are for the engine: two for questions, two for
 * pulls, one for events. Forwards of sockets do not count.
 */
export function sessionLimits(usesSudo: boolean): SessionLimits {
  return usesSudo ? { all: 4, long: 3 } : { all: 8, long: 6 };
}

interface Command {
  doing: string;
  isLong: boolean;
  askedAt: number;
}

interface Waiting extends Command {
  begin: () => void;
}

/**
 * Lets commands run as sshd has sessions for them, the others wait in order. A command's time counts from when it was
 * asked for, and long ones never take the sessions of short ones, so that no command waits for ever.
 */
export class SessionQueue {
  readonly #host: string;
  readonly #limits: SessionLimits;
  readonly #running = new Set<Command>();
  #waiting: Waiting[] = [];

  constructor(host: string, limits: SessionLimits) {
    this.#host = host;
    this.#limits = limits;
  }

  /** Runs a task in its turn with the time that is left to it. Rejects with a StackError when its turn does not come. */
  async run<Result>(
    doing: string,
    timeoutMs: number,
    task: (leftMs: number) => Promise<Result>,
  ): Promise<Result> {
    const command = { doing, isLong: timeoutMs > shortMs, askedAt: performance.now() };
    if (!this.#hasRoom(command)) await this.#turn(command, timeoutMs);
    this.#running.add(command);
    try {
      return await task(Math.max(1, timeoutMs - (performance.now() - command.askedAt)));
    } finally {
      this.#running.delete(command);
      this.#next();
    }
  }

  /** Whether nothing runs and nothing waits. */
  isIdle(): boolean {
    return this.#running.size + this.#waiting.length === 0;
  }

  #hasRoom({ isLong }: Command): boolean {
    const long = [...this.#running].filter((command) => command.isLong).length;
    return this.#running.size < this.#limits.all && !(isLong && long >= this.#limits.long);
  }

  #turn(command: Command, timeoutMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting = this.#waiting.filter((entry) => entry !== waiting);
        reject(this.#tooLate(command, timeoutMs));
      }, timeoutMs);
      const begin = (): void => {
        clearTimeout(timer);
        // Before any other task looks: the promise reaches the task only later.
        this.#running.add(command);
        resolve();
      };
      const waiting: Waiting = { ...command, begin };
      this.#waiting.push(waiting);
    });
  }

  #next(): void {
    for (const waiting of [...this.#waiting]) {
      if (!this.#hasRoom(waiting)) continue;
      this.#waiting = this.#waiting.filter((entry) => entry !== waiting);
      waiting.begin();
    }
  }

  #tooLate({ doing }: Command, timeoutMs: number): StackError {
    const now = performance.now();
    const lines = [...this.#running].map(
      (command) => `\n  | for ${((now - command.askedAt) / 1000).toFixed(0)} s: ${command.doing}`,
    );
    return new StackError(
      `${doing} could not begin within ${timeoutMs / 1000} s: the connection is busy${lines.join('')}`,
      { where: { host: this.#host }, fix: 'look on the host why these do not end, then try again' },
    );
  }
}
