import type { NameAnswer, NameQuestion } from '@ai-stack/core';
import type { Connection } from '@ai-stack/ssh';
import { exchangeOver, parseServer } from './ask';
import { recordOf } from './record-of';

/** Asks a resolver as a host reaches it, over TCP; the answers in the order of the questions. Throws a NoAnswer. */
export async function askNames(
  connection: Connection,
  server: string,
  questions: readonly NameQuestion[],
  timeoutMs: number,
): Promise<NameAnswer[]> {
  const { address, port } = parseServer(server);
  const path = await connection.forwardTcp(address, port);
  // A signal for each question: one for all would have more listeners than Node takes for a leak.
  return Promise.all(
    questions.map(async ({ name, type }) => {
      const signal = AbortSignal.timeout(timeoutMs);
      const { code, answers } = await exchangeOver({ path }, name, type, signal);
      return { code, records: answers.map(recordOf) };
    }),
  );
}
