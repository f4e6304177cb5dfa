import { request } from 'node:http';
import { asJson, asList, asText, runDouble } from './http-double';
import type { Env } from './http-double';
import { createOllama, VERSION } from './ollama-api';
import { fullName } from './ollama-store';

/** `0.0.0.0`, `:11434`, `http://host:1234` as Ollama reads them. */
export function parseOllamaHost(value: string | undefined): { host: string; port: number } {
  const [, host = '', port = ''] = /^(?:https?:\/\/)?([^:/]*)(?::(\d+))?/.exec(value ?? '') ?? [];
  return { host: host === '' ? '127.0.0.1' : host, port: port === '' ? 11434 : Number(port) };
}

/** `ollama serve`, `ollama list` and `ollama --version`; anything else ends with code 1. */
export function run(args: readonly string[], env: Env): void {
  const { host, port } = parseOllamaHost(env.OLLAMA_HOST);
  if (args[0] === 'serve') runDouble(createOllama(env, console.log), port, host);
  else if (args[0] === 'list' || args[0] === 'ls')
    printList(host === '0.0.0.0' ? '127.0.0.1' : host, port);
  else if (args[0] === '--version' || args[0] === '-v') console.log(`ollama version is ${VERSION}`);
  else {
    console.error(`Error: unknown command "${args[0] ?? ''}" for "ollama"`);
    process.exitCode = 1;
  }
}

function printList(host: string, port: number): void {
  const fail = (reason: string) => {
    console.error(`Error: ${reason}`);
    process.exitCode = 1;
  };
  request({ host, port, path: '/api/tags', timeout: 5000 }, (response) => {
    let text = '';
    response.on('data', (chunk: Buffer) => (text += chunk.toString()));
    response.on('end', () => {
      const models = asList(asJson(JSON.parse(text)).models).map(asJson);
      console.log(['NAME', 'ID', 'SIZE'].map((title) => title.padEnd(30)).join(''));
      for (const { name, digest, size } of models) {
        const cells = [fullName(asText(name)), asText(digest).slice(0, 12), `${String(size)} B`];
        console.log(cells.map((cell) => cell.padEnd(30)).join(''));
      }
    });
  })
    .on('timeout', () => fail(`no answer from ${host}:${port}`))
    .on('error', () => fail('could not connect to ollama server, run `ollama serve` to start it'))
    .end();
}
