import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { parse } from 'yaml';
import { renderedFiles } from '@ai-stack/testing/golden';
import { ChatPage } from '../chat-page';
import { Chromium } from '../chromium';
import { Isolated, waitFor } from '../isolated';
import { askHost, isLong, onHost, stack } from '../lab';

jest.setTimeout(600_000);

const CONTAINER = 'ai-open-webui-open-webui-1';
const LIBRARIES = ['ANONYMIZED_TELEMETRY', 'DO_NOT_TRACK', 'SCARF_NO_ANALYTICS'];

/** What compose gives the container in an environment, and the check that it runs. */
function rendered(environment: 'lab' | 'prod') {
  const files = Object.entries(renderedFiles('open-webui', environment));
  const text = files.find(([path]) => path.endsWith('/compose.yaml'))?.[1] ?? '';
  const { services } = parse(text) as {
    services: {
      'open-webui': { environment: Record<string, string>; healthcheck: { test: string[] } };
    };
  };
  return services['open-webui'];
}

/** Runs a Python script in the chat's container, by Open WebUI's own Python. */
async function inside(script: string, ...args: string[]): Promise<string> {
  const command = ['docker', 'exec', '-i', CONTAINER, '/app/.venv/bin/python3', '-', ...args];
  const ran = await askHost('trusted', script, ...command);
  if (ran.code !== 0) throw new Error(ran.err);
  return ran.out;
}

/** Its own function for embeddings, with the settings of the container, asks something that records. */
const embedMany = `import contextlib, os, sys, tempfile
os.environ.update(DATA_DIR=tempfile.mkdtemp(), FROM_INIT_PY='true')
import asyncio, http.server, json, threading, time
texts, now, most, first = [], 0, 0, None
class Recorder(http.server.BaseHTTPRequestHandler):
  def log_message(self, *_): pass
  def do_POST(self):
    global now, most, first
    now += 1; most = max(most, now); time.sleep(0.2)
    asked = json.loads(self.rfile.read(int(self.headers['content-length'])))['input']
    texts.append(len(asked)); first = first or asked[0]
    body = json.dumps({'data': [{'embedding': [0.1]} for _ in asked]}).encode()
    now -= 1
    self.send_response(200); self.send_header('content-type', 'application/json')
    self.send_header('content-length', str(len(body))); self.end_headers(); self.wfile.write(body)
server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Recorder)
threading.Thread(target=server.serve_forever, daemon=True).start()
with contextlib.redirect_stdout(sys.stderr):
  from open_webui import config
  from open_webui.retrieval.utils import get_embedding_function
embed = get_embedding_function(config.RAG_EMBEDDING_ENGINE, config.RAG_EMBEDDING_MODEL, None,
  f'http://127.0.0.1:{server.server_port}', 'sk-x', config.RAG_EMBEDDING_BATCH_SIZE,
  concurrent_requests=config.RAG_EMBEDDING_CONCURRENT_REQUESTS)
vectors = asyncio.run(embed(['word'] * 300, prefix=config.RAG_EMBEDDING_CONTENT_PREFIX))
assert len(vectors) == 300
print(json.dumps({'texts': texts, 'most': most, 'text': first}))`;

const chromium = new Chromium();
let chat: ChatPage;

/** What an administrator who has logged in as people do gets of the API. */
async function admin<T>(path: string, body?: object): Promise<T> {
  const reply = await chat.api(path, body);
  expect([path, reply.status]).toEqual([path, 200]);
  return reply.body as T;
}

interface Connection {
  ENABLE_OPENAI_API: boolean;
  OPENAI_API_BASE_URLS: string[];
  OPENAI_API_KEYS: string[];
  OPENAI_API_CONFIGS: object;
}
interface OfferedModel {
  id: string;
  info?: { meta: { capabilities?: { builtin_tools?: boolean } } };
}
const connection = async () => {
  const { OPENAI_API_KEYS, ...rest } = await admin<Connection>('/openai/config');
  return { ...rest, keys: OPENAI_API_KEYS };
};

describe('the real Open WebUI', () => {
  beforeAll(async () => {
    expect(await stack(process.cwd(), 'deploy')).toMatchObject({ code: 0 });
    const nameserver = `${readFileSync('.lab/net', 'utf8').trim()}.11`;
    const browser = await chromium.open({ nameserver, authority: '.lab/tls/ca.pem' });
    chat = await ChatPage.of(await browser.newContext());
    await chat.open();
    await chat.logIn('carol');
    await chat.waitReady();
  });
  afterAll(() => chromium.close());

  it.each(['lab', 'prod'] as const)('reads every variable of %s', async (environment) => {
    const names = Object.keys(rendered(environment).environment);
    const script = `import pathlib, re, sys, open_webui
text = ''.join(file.read_text() for file in pathlib.Path(open_webui.__file__).parent.rglob('*.py'))
print(*(name for name in sys.argv[1:] if not re.search(rf'\\b{name}\\b', text)), sep='\\n')`;
    const unknown = (await inside(script, ...names, 'NO_SUCH_SETTING')).split('\n').filter(Boolean);
    // The last one shows that the search can say no; what libraries read, Open WebUI does not name.
    const elsewhere = ['AI_STACK_INDEXED_BY', 'REQUESTS_CA_BUNDLE', 'SSL_CERT_FILE'];
    const allowed = [...LIBRARIES, ...elsewhere, 'NO_SUCH_SETTING'];
    expect(unknown).toContain('NO_SUCH_SETTING');
    expect(unknown.filter((name) => !allowed.includes(name))).toEqual([]);
  });

  it('has the gateway as its only connection, with a key', async () => {
    const { ENABLE_OPENAI_API, OPENAI_API_BASE_URLS, keys } = await connection();
    expect(ENABLE_OPENAI_API).toBe(true);
    expect(OPENAI_API_BASE_URLS).toEqual(['http://litellm:4000/v1']);
    expect(keys.map((key) => /^sk-[0-9a-f]{64}$/.test(key))).toEqual([true]);
    expect(await admin('/ollama/config')).toMatchObject({ ENABLE_OLLAMA_API: false });
  });

  // That they land in Qdrant is seen by the front door's test.
  it('embeds documents through the gateway', async () => {
    expect(await admin('/api/v1/retrieval/embedding')).toMatchObject({
      RAG_EMBEDDING_ENGINE: 'openai',
      RAG_EMBEDDING_MODEL: 'nomic-embed-text',
      RAG_EMBEDDING_BATCH_SIZE: 32,
      RAG_EMBEDDING_CONCURRENT_REQUESTS: 4,
      openai_config: { url: 'http://litellm:4000/v1' },
    });
  });

  it('offers the models that chat, without tools of its own as one of them calls none', async () => {
    const { data } = await admin<{ data: OfferedModel[] }>('/api/models');
    expect(data.map(({ id }) => id).sort()).toEqual(['qwen2.5-7b-instruct', 'qwen2.5-coder']);
    for (const { info } of data) expect(info?.meta.capabilities?.builtin_tools).toBe(false);
    expect(await admin('/api/v1/configs/models')).toMatchObject({
      DEFAULT_MODEL_PARAMS: { function_calling: 'legacy' },
    });
    expect(await admin('/api/v1/tasks/config')).toMatchObject({
      TASK_MODEL_EXTERNAL: 'qwen2.5-7b-instruct',
    });
  });

  it('embeds a large document in batches, some at once, with the prefix of the model', async () => {
    const seen = JSON.parse(await inside(embedMany)) as {
      texts: number[];
      most: number;
      text: string;
    };
    expect(seen.texts.sort((a, b) => b - a)).toEqual([...Array<number>(9).fill(32), 12]);
    expect(seen.most).toBe(4);
    expect(seen.text).toBe('search_document: word');
  });

  it('offers the login of the provider, and neither a form nor an account of its own', async () => {
    expect(await admin('/api/config')).toMatchObject({
      oauth: { providers: { oidc: expect.any(String) } },
      features: { enable_login_form: false, enable_signup: false },
    });
  });

  it('takes what is rendered at each start, whatever was set in the browser', async () => {
    const before = await connection();
    const wrong = { ...before, OPENAI_API_KEYS: before.keys, OPENAI_API_BASE_URLS: ['http://x'] };
    await admin('/openai/config/update', wrong);
    await onHost('trusted', 'docker', 'restart', CONTAINER);
    const health = () =>
      onHost('trusted', 'docker', 'inspect', '-f', '{{.State.Health.Status}}', CONTAINER);
    await waitFor(health, (output) => output.trim() === 'healthy', 180);
    expect(await connection()).toEqual(before);
  });

  // In a container of its own without a network: nothing of prod is ever asked. One more start of the program.
  if (isLong)
    describe('with the variables of prod', () => {
      const alone = new Isolated('trusted', 'open-webui');
      const { environment, healthcheck } = rendered('prod');
      beforeAll(async () => {
        await alone.remove();
        const image = await onHost(
          'trusted',
          ...['docker', 'inspect', '-f', '{{.Config.Image}}', CONTAINER],
        );
        const given = Object.entries(environment).flatMap(([name, value]) => [
          '-e',
          `${name}=${value.startsWith('${') ? 'sk-0123456789' : value}`,
        ]);
        await alone.start('chat', image.trim(), given);
      });
      afterAll(() => alone.remove());

      it('becomes healthy by the rendered check, and offers the login of the provider', async () => {
        const [, ...check] = healthcheck.test;
        await waitFor(
          () => alone.exec('chat', ...check),
          ({ code }) => code === 0,
          240,
        );
        const { out } = await alone.exec(
          'chat',
          'curl',
          '-fsS',
          'http://127.0.0.1:8080/api/config',
        );
        expect(JSON.parse(out)).toMatchObject({
          oauth: { providers: { oidc: environment['OAUTH_PROVIDER_NAME'] } },
          features: { enable_login_form: false },
        });
      });
    });
});
