import type { Answer } from 'dns-packet';
import type { NameAnswer, NameQuestion } from '@ai-stack/core';
import type { Connection } from '@ai-stack/ssh';
import { exchangeOver, parseServer } from './ask';

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

/** A record of an answer in words. Pure. */
export function recordOf(answer: Answer): NameAnswer['records'][number] {
  return { name: answer.name, type: answer.type, value: valueOf(answer) };
}

function valueOf(answer: Answer): string {
  switch (answer.type) {
    case 'A':
    case 'AAAA':
    case 'CNAME':
      return answer.data;
    case 'MX':
      return `${answer.data.preference ?? 0} ${answer.data.exchange}`;
    case 'TXT':
      return [answer.data].flat().map(String).join('');
    case 'CAA':
      return `${answer.data.flags ?? 0} ${answer.data.tag} "${answer.data.value}"`;
    case 'SRV': {
      const { priority = 0, weight = 0, port, target } = answer.data;
      return `${priority} ${weight} ${port} ${target}`;
    }
    default:
      return JSON.stringify('data' in answer ? answer.data : null);
  }
}
