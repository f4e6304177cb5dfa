import type { RecordType } from 'dns-packet';
import type { Connection } from '@ai-stack/ssh';
import { exchangeOver, parseServer } from './ask';
import type { DnsAnswer } from './evaluate';

export interface DnsQuestion {
  name: string;
  type: Extract<RecordType, 'A' | 'AAAA' | 'MX' | 'TXT' | 'CAA' | 'SRV'>;
}

/** Asks a resolver as a host reaches it, over TCP; the answers in the order of the questions. Throws a NoAnswer. */
export async function askNames(
  connection: Connection,
  server: string,
  questions: readonly DnsQuestion[],
  timeoutMs: number,
): Promise<DnsAnswer[]> {
  const { address, port } = parseServer(server);
  const path = await connection.forwardTcp(address, port);
  // A signal for each question: one for all would have more listeners than Node takes for a leak.
  return Promise.all(
    questions.map(({ name, type }) =>
      exchangeOver({ path }, name, type, AbortSignal.timeout(timeoutMs)),
    ),
  );
}
