import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { modelsOf } from '@ai-stack/core';
import { parse } from 'yaml';
import { renderedFiles } from '@ai-stack/testing/golden';
import { inventoryEnvironment } from '@ai-stack/testing/inventory-environment';
import { ask, askJson } from '@ai-stack/testing/ask';
import { renderService } from '@ai-stack/render';
import { definitions } from '@ai-stack/testing/sample-environment';
import { evaluateHttp } from '../../../../libs/verify/src/http/evaluate';
import { askHost, onHost, stack, Workspace } from '../lab';

jest.setTimeout(600_000);

const root = process.cwd();
const lab = inventoryEnvironment('lab');
const models = modelsOf(lab, 'ollama', 'management');
const chat = models.find(({ kind }) => kind === 'chat')!;
const embedding = models.find(({ kind }) => kind === 'embedding')!;
const net = () => readFileSync('.lab/net', 'utf8').trim();
const api = (path: string) => `http://${net()}.12:11434${path}`;
const json = (body: object) => ({ method: 'POST', body: JSON.stringify(body), timeoutMs: 60_000 });
const question = { role: 'user', content: 'Who answers?' };

/** What compose gives the container, in an environment of the inventory. */
function variables(environment: 'lab' | 'prod'): Record<string, string> {
  const files = Object.entries(renderedFiles('ollama', environment));
  const text = files.find(([path]) => path.endsWith('/compose.yaml'))?.[1] ?? '';
  const compose = parse(text) as {
    services: { ollama: { environment: Record<string, string> } };
  };
  return compose.services.ollama.environment;
}

/** `ollama serve --help` with variables: the names that it lists, and what it says of their values. */
async function serveHelp(values: Record<string, string>) {
  const image = await onHost(
    'management',
    ...['docker', 'inspect', '-f', '{{.Config.Image}}', 'ai-ollama-ollama-1'],
  );
  const given = Object.entries(values).flatMap(([key, value]) => ['-e', `${key}=${value}`]);
  const ran = await askHost(
    'management',
    '',
    ...['docker', 'run', '--rm', '--network', 'none', ...given, image.trim(), 'serve', '--help'],
  );
  expect(ran).toMatchObject({ code: 0 });
  return { names: ran.out.match(/^ +[A-Z]+_[A-Z_]+(?= )/gm)?.map((name) => name.trim()), ...ran };
}

describe('the real Ollama', () => {
  let workspace: Workspace;
  beforeAll(async () => {
    workspace = new Workspace();
    expect(await stack(root, 'deploy')).toMatchObject({ code: 0 });
  });
  afterAll(async () => {
    workspace.remove();
    expect(await stack(root, 'deploy')).toMatchObject({ code: 0 });
  });

  it.each(['lab', 'prod'] as const)('knows every variable of %s and its value', async (name) => {
    const rendered = variables(name);
    const { names, err } = await serveHelp(rendered);
    expect(names).toEqual(expect.arrayContaining(Object.keys(rendered)));
    expect(err).not.toMatch(/invalid/i);
  });

  it('would say so if it could not read a value', async () => {
    const { err } = await serveHelp({ OLLAMA_NUM_PARALLEL: 'many' });
    expect(err).toMatch(/invalid.*OLLAMA_NUM_PARALLEL/);
  });

  // It may have more: what another test pulled stays.
  it('has every model of the inventory, and knows what each can do', async () => {
    const { models: listed } = (await askJson(api('/api/tags'))) as { models: { name: string }[] };
    expect(listed.map(({ name }) => name)).toEqual(
      expect.arrayContaining(models.map(({ id }) => id)),
    );
    const capabilities = async ({ id }: { id: string }) =>
      ((await askJson(api('/api/show'), json({ model: id }))) as { capabilities: string[] })
        .capabilities;
    expect(await capabilities(chat)).toEqual(expect.arrayContaining(['completion', 'tools']));
    expect(await capabilities(embedding)).toEqual(['embedding']);
  });

  it('keeps context and model in memory as rendered', async () => {
    const { OLLAMA_CONTEXT_LENGTH: length, OLLAMA_KEEP_ALIVE: duration } = variables('lab');
    expect(duration).toBe('5m');
    await askJson(api('/api/chat'), json({ model: chat.id, messages: [question], stream: false }));
    const until = Date.now() + 5 * 60_000;
    await askJson(api('/api/embed'), json({ model: embedding.id, input: 'a text' }));
    const { models: loaded } = (await askJson(api('/api/ps'))) as {
      models: { name: string; context_length: number; expires_at: string }[];
    };
    const of = (id: string) => loaded.find(({ name }) => name === id);
    expect(of(chat.id)?.context_length).toBe(Number(length));
    expect(of(embedding.id)?.context_length).toBe(embedding.contextLength);
    expect(Math.abs(Date.parse(of(chat.id)?.expires_at ?? '') - until)).toBeLessThan(5000);
  });

  it('says where a model is that the probe of the GPU loads; here all of it is on the CPU', async () => {
    const gpu = { device: '0', memoryGiB: 16 };
    const onGpu = { ...lab, models: lab.models.map((model) => ({ ...model, gpu })) };
    const [release] = renderService(onGpu, 'ollama', definitions['ollama']!);
    const probe = release?.probes.find(({ id }) => id === 'ollama/gpu@management');
    const steps = probe?.ask.kind === 'http-sequence' ? probe.ask.steps : [];
    expect(steps).toHaveLength(2 * models.length);
    for (const { name, ask: asked, expect: expected } of steps) {
      const url = asked.url.replace('http://ollama:11434', api(''));
      const answer = await ask(url, asked.method === 'GET' ? {} : json(asked.body as object));
      const evaluated = evaluateHttp(
        { url, status: answer.status, location: undefined, body: answer.text, isCut: false },
        expected,
      );
      if (name.startsWith('load')) expect(evaluated).toMatchObject({ verdict: 'ok' });
      else expect(evaluated.observed).toMatch(/has size_vram = 0, size = [1-9]\d+$/);
    }
  });

  it('streams an answer word by word, and takes tools', async () => {
    const { status, text } = await ask(
      api('/api/chat'),
      json({ model: chat.id, messages: [question] }),
    );
    const parts = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { message: { content: string }; done: boolean });
    expect(status).toBe(200);
    expect(parts.length).toBeGreaterThan(5);
    expect(parts.map(({ message }) => message.content).join('')).toMatch(/computed by Ollama/);
    expect(parts.at(-1)?.done).toBe(true);
    const parameters = { type: 'object', properties: { city: { type: 'string' } } };
    const tool = { type: 'function', function: { name: 'weather', description: 'x', parameters } };
    const asked = { model: chat.id, messages: [question], tools: [tool], stream: false };
    expect(await ask(api('/api/chat'), json(asked))).toMatchObject({ status: 200 });
  });

  it('embeds a batch whose texts fit one by one, and refuses a text that does not', async () => {
    const embed = (input: string[]) =>
      ask(
        api('/api/embed'),
        json({
          ...{ model: embedding.id, input, truncate: false },
          options: { num_ctx: embedding.contextLength },
        }),
      );
    const batch = await embed(Array<string>(32).fill('word '.repeat(60)));
    expect(batch.status).toBe(200);
    expect((JSON.parse(batch.text) as { embeddings: unknown[] }).embeddings).toHaveLength(32);
    const refused = await embed(['a text', 'word '.repeat(4000)]);
    expect(refused).toMatchObject({ status: 400, text: expect.stringMatching(/context length/) });
  });

  it('answers through the gateway, which gives its vectors 768 numbers', async () => {
    const env = await onHost('trusted', 'cat', '/opt/stacks/ai/litellm/.env');
    const key = /^LITELLM_MASTER_KEY='?([^'\n]+)/m.exec(env)?.[1] ?? '';
    const through = (path: string, body: object) =>
      askJson(`https://${net()}.11${path}`, {
        ...json(body),
        ca: readFileSync('.lab/tls/ca.pem', 'utf8'),
        headers: {
          host: 'openai.lab.test',
          authorization: `Bearer ${key}`,
          'content-type': 'application/json',
        },
      });
    const answer = (await through('/v1/chat/completions', {
      model: chat.publicName,
      messages: [question],
    })) as { choices: { message: { content: string } }[] };
    expect(answer.choices[0]?.message.content).toMatch(/computed by Ollama/);
    const { data } = (await through('/v1/embeddings', {
      model: embedding.publicName,
      input: ['one', 'two'],
    })) as { data: { embedding: number[] }[] };
    expect(data.map((entry) => entry.embedding.length)).toEqual([768, 768]);
  });

  it.each(['/api/chat', '/api/embed', '/api/show'])(
    'does not know a model that nobody pulled: %s',
    async (path) => {
      const reply = await ask(api(path), json({ model: 'nobody:1b', messages: [], input: 'x' }));
      expect(reply.status).toBe(404);
      expect(reply.text).toMatch(/not found/);
    },
  );

  it('fails the deploy of a model that its registry does not know, and says what to correct', async () => {
    workspace.write(
      'libs/inventory/environments/lab/models/missing.yaml',
      'publicName: missing\nengine: ollama\nid: missing-model:1b\nkind: chat\ncontextLength: 2048\n',
    );
    const ran = await workspace.stack('deploy', 'ollama');
    expect(ran.code).toBe(1);
    const output = `${ran.out}${ran.err}`;
    expect(output).toMatch(/Ollama cannot pull missing-model:1b: .*file does not exist/);
    expect(output).toMatch(/correct the model's id in the inventory/);
  });
});
