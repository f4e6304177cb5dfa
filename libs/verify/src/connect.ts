import { connect, type Socket } from 'node:net';
import { messageOf, NoAnswer } from './evaluation';

/** Where to connect: an address, or a local socket that leads to a port as a host sees it. */
export type Destination = { host: string; port: number } | { path: string };

/** Runs `use` with a signal that aborts after `ms`; then a NoAnswer says for how long nobody answered. */
export async function withDeadline<Result>(
  ms: number,
  use: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const controller = new AbortController();
  const late = new NoAnswer('silent', `no answer within ${formatSeconds(ms)}`);
  let timer: NodeJS.Timeout | undefined;
  const expired = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(late);
      controller.abort(late);
    }, ms);
  });
  try {
    return await Promise.race([use(controller.signal), expired]);
  } finally {
    clearTimeout(timer);
    controller.abort(late);
  }
}

/** Opens a stream. It is destroyed when `signal` aborts. Throws a NoAnswer. */
export async function openSocket(to: Destination, signal: AbortSignal): Promise<Socket> {
  if (signal.aborted) throw signal.reason;
  const socket = connect(to);
  signal.addEventListener('abort', () => socket.destroy(), { once: true });
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
      socket.once('close', () => reject(new Error('closed')));
    });
  } catch (error) {
    throw explainSocketError(error);
  }
  // A later error is seen by whoever reads; without a listener it would end the program.
  socket.on('error', () => undefined);
  return socket;
}

/** Why a connection failed, in plain words. */
export function explainSocketError(error: unknown): NoAnswer {
  if (error instanceof NoAnswer) return error;
  const code = codeOf(error);
  const words: Record<string, string> = {
    ECONNREFUSED: 'connection refused',
    ETIMEDOUT: 'no answer',
    EHOSTUNREACH: 'no route to the host',
    ENETUNREACH: 'no route to the network',
    ECONNRESET: 'the connection was closed without an answer',
    EPIPE: 'the connection was closed without an answer',
  };
  return new NoAnswer('silent', words[code] ?? messageOf(error));
}

/** The system's name of an error, such as ECONNREFUSED. */
export function codeOf(error: unknown): string {
  const code =
    typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : '';
}

export function formatSeconds(ms: number): string {
  return `${Math.round(ms / 100) / 10} s`;
}
