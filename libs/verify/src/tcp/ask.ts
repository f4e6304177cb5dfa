import type { TcpAsk } from '@ai-stack/core';
import type { Connection } from '@ai-stack/ssh';
import { openSocket, withDeadline } from '../connect';
import type { TcpAnswer } from './evaluate';
import { judgeError } from '../judgement';
import { askTcpThroughForward } from './ask-through-forward';

/**
 * bash connects by itself; a POSIX shell cannot. Ends with 0 when the port is open, 124 (143 where timeout is
 * BusyBox's) after `$3` seconds, 9 without bash or timeout.
 */
const connectScript = `
command -v bash >/dev/null 2>&1 && command -v timeout >/dev/null 2>&1 || exit 9
timeout "$3" bash -c ': <>"/dev/tcp/$0/$1"' "$1" "$2"
`;

/** Whether this machine can connect. */
export async function askTcpFromHere(
  { address, port }: TcpAsk,
  timeoutMs: number,
): Promise<TcpAnswer> {
  try {
    await withDeadline(timeoutMs, async (signal) => {
      (await openSocket({ host: address, port }, signal)).destroy();
    });
    return { isOpen: true, observed: 'open' };
  } catch (error) {
    return { isOpen: false, observed: `closed (${judgeError(error).observed})` };
  }
}

/** Whether a host can connect: with its bash, or without one by what a forwarded stream does. */
export async function askTcpFromHost(
  connection: Connection,
  { address, port }: TcpAsk,
  timeoutMs: number,
): Promise<TcpAnswer> {
  const seconds = Math.max(1, Math.ceil(timeoutMs / 1000));
  const { exitCode, stderr } = await connection.script(
    connectScript,
    [address, String(port), String(seconds)],
    { allowFailure: true, timeoutMs: timeoutMs + 10_000 },
  );
  if (exitCode === 0) return { isOpen: true, observed: 'open' };
  if (exitCode === 9)
    return askTcpThroughForward(connection, { kind: 'tcp', address, port }, timeoutMs);
  if (exitCode === 124 || exitCode === 143) {
    return { isOpen: false, observed: `closed (no answer within ${seconds} s)` };
  }
  const reason = /:\s*([^:\n]+)\s*$/.exec(stderr.trim())?.[1]?.toLowerCase();
  return { isOpen: false, observed: `closed (${reason ?? `exit code ${exitCode}`})` };
}
