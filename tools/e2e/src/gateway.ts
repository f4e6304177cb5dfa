import { readFileSync } from 'node:fs';
import { ask, type Reply } from '@ai-stack/testing/ask';
import { onHost } from './lab';

/** Asks the lab's gateway by its public name with its key, as an API client; with a body it is a POST. */
export async function askGateway(path: string, body?: object): Promise<Reply> {
  const env = await onHost('trusted', 'cat', '/opt/stacks/ai/litellm/.env');
  const key = /^LITELLM_MASTER_KEY='?([^'\n]+)/m.exec(env)?.[1] ?? '';
  return ask(`https://${readFileSync('.lab/net', 'utf8').trim()}.11${path}`, {
    ...(body && { method: 'POST', body: JSON.stringify(body) }),
    ca: readFileSync('.lab/tls/ca.pem', 'utf8'),
    timeoutMs: 120_000,
    headers: {
      host: 'openai.lab.test',
      authorization: `Bearer ${key}`,
      'content-type': 'application/json',
    },
  });
}
