import type { TcpAsk } from '@ai-stack/core';
import type { Connection } from '@ai-stack/ssh';
import { openSocket, withDeadline } from '../connect';
import { judgeError } from '../judgement';
import type { TcpAnswer } from './evaluate';

/**
 * A forwarded stream is always accepted here, and closed again without a byte where the port is closed there. So it
 * sends an HTTP request: an open port sends something back, or closes only later.
 */
export async function askTcpThroughForward(
  connection: Connection,
  { address, port }: TcpAsk,
  timeoutMs: number,
): Promise<TcpAnswer> {
  const path = await connection.forwardTcp(address, port);
  try {
    return await withDeadline(timeoutMs, async (signal) => {
      const socket = await openSocket({ path }, signal);
      return await new Promise<TcpAnswer>((resolve) => {
        socket.once('data', () => resolve({ isOpen: true, observed: 'open' }));
        socket.once('close', () => resolve({ isOpen: false, observed: 'closed' }));
        socket.write(`GET / HTTP/1.0\r\nHost: ${address}\r\n\r\n`);
      });
    });
  } catch (error) {
    return { isOpen: false, observed: `closed (${judgeError(error).observed})` };
  }
}
