import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { parse } from 'yaml';
import { renderedFiles } from '@ai-stack/testing/golden';
import { askGateway } from '../gateway';
import { Isolated, waitFor } from '../isolated';
import { containerOf, onHost, stack } from '../lab';

jest.setTimeout(600_000);

interface Deployment {
  model_name: string;
  litellm_params: { model: string; api_base: string; num_ctx?: number };
  model_info: {
    id: string;
    mode: string;
    max_input_tokens: number;
    supports_function_calling?: boolean;
  };
}
interface Recorded {
  path: string;
  asked: Record<string, unknown> & { options?: { num_ctx?: number } };
}
interface Compose {
  services: {
    litellm: {
      command: string[];
      environment: Record<string, string>;
      healthcheck: { test: string[] };
    };
  };
}

/** The rendered file of the gateway whose path ends so. */
function rendered(environment: 'lab' | 'prod', end: string): string {
  const files = Object.entries(renderedFiles('litellm', environment));
  return files.find(([path]) => path.endsWith(end))?.[1] ?? '';
}
function rendersOf(environment: 'lab' | 'prod'): Deployment[] {
  return (parse(rendered(environment, '/config.yaml')) as { model_list: Deployment[] }).model_list;
}

/** What matters of a deployment, in the rendered file as in LiteLLM's answer. */
function essence({ model_name, litellm_params, model_info }: Deployment) {
  const { model, api_base } = litellm_params;
  const { id, mode, max_input_tokens } = model_info;
  return { model_name, model, api_base, id, mode, max_input_tokens };
}
/** Ollama's and vLLM's answers to anything, and every question on a line of the output. */
const recorder = `const {createServer} = require('node:http');
const answers = {
  '/api/chat': (asked) => ({model: asked.model, message: {role: 'assistant', content: 'hi'}, done: true, prompt_eval_count: 1, eval_count: 1}),
  '/api/embed': ({model, input}) => ({model, embeddings: [input].flat().map(() => [0.1]), prompt_eval_count: 1}),
  '/v1/chat/completions': ({model}) => ({id: 'x', object: 'chat.completion', created: 1, model,
    choices: [{index: 0, finish_reason: 'stop', message: {role: 'assistant', content: 'hi'}}], usage: {prompt_tokens: 1, completion_tokens: 1, total_tokens: 2}}),
};
createServer(async (request, reply) => {
  let text = '';
  for await (const part of request) text += part;
  const asked = text === '' ? {} : JSON.parse(text);
  const {messages, input, ...rest} = asked;
  console.log(JSON.stringify({path: request.url, asked: {...rest, ...(input && {texts: [input].flat().length})}}));
  reply.setHeader('content-type', 'application/json');
  reply.end(JSON.stringify(answers[request.url]?.(asked) ?? {}));
}).listen(9999, '127.0.0.1');`;

/** The engines' addresses become the recorder's, in the gateway's own network. */
const withRecorder = (text: string) =>
  text.replaceAll(/http:\/\/(?:ollama|vllm)[^/\s"]*/g, 'http://127.0.0.1:9999');

const namesOf = (text: string) =>
  (JSON.parse(text) as { data: { id: string }[] }).data.map(({ id }) => id).sort();
const deploymentsOf = (text: string) =>
  (JSON.parse(text) as { data: Deployment[] }).data.map(essence);

describe('the real LiteLLM', () => {
  beforeAll(async () => {
    expect(await stack(process.cwd(), 'deploy')).toMatchObject({ code: 0 });
  });

  describe('with the files of lab', () => {
    it('has taken every rendered deployment, and no other', async () => {
      const { status, text } = await askGateway('/v1/model/info');
      expect(status).toBe(200);
      expect(deploymentsOf(text)).toEqual(rendersOf('lab').map(essence));
    });

    it('lists exactly the names of the rendered deployments', async () => {
      const { text } = await askGateway('/v1/models');
      expect(namesOf(text)).toEqual(rendersOf('lab').map(({ model_name }) => model_name));
    });

    it('says who failed when the only engine of a model does not answer, and stays in service', async () => {
      const body = { model: 'nomic-embed-text', input: 'x' };
      await onHost('management', 'docker', 'stop', '-t', '1', 'ai-ollama-ollama-1');
      const failed = await askGateway('/v1/embeddings', body);
      await onHost('management', 'docker', 'start', 'ai-ollama-ollama-1');
      expect(failed).toMatchObject({ status: 500 });
      expect(failed.text).toMatch(/Cannot connect to host ollama\.lab\.test/);
      // One failure of a lone deployment must not lock its model out for the cooldown.
      const again = () => askGateway('/v1/embeddings', body);
      await waitFor(again, ({ status }) => status === 200, 20);
    });
  });

  // In a container of its own without a network: prod's engines are never asked. In their place something records.
  describe('with the files of prod', () => {
    const { command, environment, healthcheck } = (
      parse(rendered('prod', '/compose.yaml')) as Compose
    ).services.litellm;
    const alone = new Isolated('trusted', 'litellm');
    const key = 'sk-0123456789';
    // A long text is made there: an argument has at most 128 KiB.
    const script = `import json, sys, urllib.request as r
ask = r.Request('http://127.0.0.1:4000' + sys.argv[1], headers={'Authorization': 'Bearer ${key}'})
if len(sys.argv) > 2:
  body = json.loads(sys.argv[2])
  if len(sys.argv) > 3: body['messages'] = [{'role': 'user', 'content': 'word ' * int(sys.argv[3])}]
  ask.data, ask.headers['Content-type'] = json.dumps(body).encode(), 'application/json'
try: print(r.urlopen(ask, timeout=60).read().decode())
except r.HTTPError as error: print(error.code, error.read().decode())`;
    const askAlone = async (path: string, body?: object, words?: number) => {
      const sent = [body && JSON.stringify(body), words?.toString()].filter(
        (candidate) => candidate !== undefined,
      );
      const ran = await alone.exec('gateway', 'python3', '-c', script, path, ...sent);
      expect(ran).toMatchObject({ code: 0 });
      return ran.out;
    };
    /** What the engines were asked since the last call. */
    let seen = 0;
    const recorded = async () => {
      const lines = (await alone.logs('engine')).split('\n').filter((line) => line.startsWith('{'));
      const fresh = lines.slice(seen).map((line) => JSON.parse(line) as Recorded);
      seen = lines.length;
      return fresh.filter(({ path }) => path !== '/api/show');
    };
    const chat = (model: string, words: number, more: object = {}) =>
      askAlone('/v1/chat/completions', { model, ...more }, words);
    beforeAll(async () => {
      await alone.remove();
      const directory = await alone.write(
        'config/config.yaml',
        withRecorder(rendered('prod', '/config.yaml')),
      );
      const image = await onHost(
        'trusted',
        ...['docker', 'inspect', '-f', '{{.Config.Image}}'],
        await containerOf('trusted', 'litellm'),
      );
      const given = Object.entries(environment).flatMap(([name, value]) => [
        '-e',
        `${name}=${value.startsWith('${') ? key : value}`,
      ]);
      const rights = ['--cap-drop', 'ALL', '--security-opt', 'no-new-privileges:true'];
      const options = [...rights, ...given, '-v', `${directory}:/app/config:ro`];
      await alone.start('gateway', image.trim(), options, command);
      const nextToGateway = [
        '--network',
        `container:${alone.nameOf('gateway')}`,
        '--entrypoint',
        'node',
      ];
      await alone.start('engine', 'ai-stack-lab/idp-double:1', nextToGateway, ['-e', recorder]);
    });
    afterAll(() => alone.remove());

    it('becomes healthy by the rendered check, and says nothing', async () => {
      const [, ...check] = healthcheck.test;
      await waitFor(
        () => alone.exec('gateway', ...check),
        ({ code }) => code === 0,
        180,
      );
      expect(await alone.logs('gateway')).not.toMatch(/error|exception|traceback/i);
    });

    it('has taken every rendered deployment, and lists exactly their names', async () => {
      const wanted = rendersOf('prod').map(essence);
      expect(deploymentsOf(await askAlone('/model/info'))).toEqual(
        wanted.map((item) => ({ ...item, api_base: withRecorder(item.api_base) })),
      );
      expect(namesOf(await askAlone('/v1/models'))).toEqual(
        rendersOf('prod').map(({ model_name }) => model_name),
      );
    });

    it.each(rendersOf('prod').filter(({ model_info }) => model_info.mode === 'chat'))(
      'lets tools through to $model_name only when it calls some, with its own context',
      async ({ model_name, litellm_params: { num_ctx }, model_info }) => {
        await recorded();
        const parameters = { type: 'object', properties: {} };
        const weather = { name: 'weather', description: 'x', parameters };
        const modern = { tools: [{ type: 'function', function: weather }], tool_choice: 'auto' };
        const older = { functions: [weather], function_call: 'auto' };
        for (const offer of [modern, older]) expect(await chat(model_name, 1, offer)).toMatch(/hi/);
        const asked = await recorded();
        expect(asked).toHaveLength(2);
        for (const { asked: body } of asked) {
          const offered = Object.keys(body).filter((key) => /tool|function/.test(key));
          if (model_info.supports_function_calling === true) expect(offered).not.toEqual([]);
          else expect(offered).toEqual([]);
          expect(body.options?.num_ctx).toBe(num_ctx);
        }
      },
    );

    it.each(rendersOf('prod').filter(({ model_info }) => model_info.mode === 'chat'))(
      'refuses what is longer than the context of $model_name, and asks no engine',
      async ({ model_name, model_info: { max_input_tokens: limit } }) => {
        await recorded();
        expect(await chat(model_name, limit - 1000)).toMatch(/hi/);
        expect(await recorded()).toHaveLength(1);
        expect(await chat(model_name, limit + 1000)).toMatch(
          new RegExp(`^400 [^]*Context Window exceeded[^]*Max Input Tokens=${limit}`),
        );
        expect(await recorded()).toEqual([]);
      },
    );

    it('sends a batch of texts in one question, and lets Ollama refuse what it would cut', async () => {
      await recorded();
      const input = Array.from({ length: 32 }, () => 'word '.repeat(200));
      await askAlone('/v1/embeddings', { model: 'nomic-embed-text', input });
      expect(await recorded()).toEqual([
        {
          path: '/api/embed',
          asked: expect.objectContaining({
            ...{ texts: 32, truncate: false, options: { num_ctx: 2048 } },
          }),
        },
      ]);
    });
  });
});
