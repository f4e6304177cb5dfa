import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { modelsOf } from '@ai-stack/core';
import { servedNameOf } from '@ai-stack/render';
import { parse } from 'yaml';
import { renderedFiles } from '@ai-stack/testing/golden';
import { inventoryEnvironment } from '@ai-stack/testing/inventory-environment';
import { ask, askJson } from '@ai-stack/testing/ask';
import { askHost, isLong, onHost, stack, Workspace } from '../lab';

jest.setTimeout(600_000);

const root = process.cwd();
const [model] = modelsOf(inventoryEnvironment('lab'), 'vllm', 'management');
const served = servedNameOf(model!);
const container = 'ai-vllm-vllm-1';
const net = () => readFileSync('.lab/net', 'utf8').trim();
const api = (path: string) => `http://${net()}.12:8000${path}`;
const question = { role: 'user', content: 'Who answers?' };
const parameters = { type: 'object', properties: { city: { type: 'string' } } };
const tool = { type: 'function', function: { name: 'weather', description: 'x', parameters } };

/** A key from the `.env` of a service, read on the host's console. */
async function keyOf(host: string, service: string, name: string): Promise<string> {
  const text = await onHost(host, 'cat', `/opt/stacks/ai/${service}/.env`);
  return new RegExp(`^${name}='?([^'\n]+)`, 'm').exec(text)?.[1] ?? '';
}
const withKey = (key: string, body?: object) => ({
  headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
  timeoutMs: 120_000,
  ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
});
const vllmKey = () => keyOf('management', 'vllm', 'VLLM_API_KEY');

/** What compose gives the container, in an environment of the inventory. */
function composed(environment: 'lab' | 'prod') {
  const files = Object.entries(renderedFiles('vllm', environment));
  const text = files.find(([path]) => path.endsWith('/compose.yaml'))?.[1] ?? '';
  const { services } = parse(text) as {
    services: { vllm: { command: string[]; environment: Record<string, string> } };
  };
  return services.vllm;
}

// vLLM's own parser, its own checks of what was parsed, and its own list of variables.
const parser = `
import contextlib, io, json, sys
from vllm import envs
from vllm.entrypoints.launchers.cli_args import make_arg_parser, validate_parsed_serve_args
from vllm.utils.argparse_utils import FlexibleArgumentParser
for line in sys.stdin:
    asked = json.loads(line)
    unknown = [name for name in asked["names"] if name.startswith("VLLM_") and name not in envs.environment_variables]
    said = io.StringIO()
    try:
        with contextlib.redirect_stderr(said):
            parsed = make_arg_parser(FlexibleArgumentParser()).parse_args(asked["command"])
            validate_parsed_serve_args(parsed)
        answer = {"code": 0, "parsed": vars(parsed), "unknown": unknown}
    except SystemExit as end:
        answer = {"code": end.code, "error": said.getvalue(), "unknown": unknown}
    print("ANSWER" + json.dumps(answer, default=str))
`;
interface Parsed {
  readonly code: number;
  readonly error?: string;
  readonly parsed?: Readonly<Record<string, unknown>>;
  readonly unknown: readonly string[];
}
/** What vLLM says of each command and of the names of its variables; starting it takes seconds. */
async function parsedByVllm(...asked: { command: string[]; names: string[] }[]): Promise<Parsed[]> {
  const lines = asked.map((one) => JSON.stringify(one)).join('\n');
  const exec = ['docker', 'exec', '-i', container, 'python3', '-c', parser];
  const ran = await askHost('management', `${lines}\n`, ...exec);
  if (ran.code !== 0) throw new Error(`vLLM's parser ended with ${ran.code}\n${ran.err}`);
  const answers = ran.out.split('\n').filter((line) => line.startsWith('ANSWER'));
  return answers.map((line) => JSON.parse(line.slice('ANSWER'.length)) as Parsed);
}

describe('the real vLLM', () => {
  let workspace: Workspace;
  beforeAll(async () => {
    workspace = new Workspace();
    expect(await stack(root, 'deploy')).toMatchObject({ code: 0 });
  });
  afterAll(async () => {
    workspace.remove();
    expect(await stack(root, 'deploy')).toMatchObject({ code: 0 });
  });

  it('takes every argument and variable that we render, and reads them as they are meant', async () => {
    const rendered = (['lab', 'prod'] as const).map(composed);
    const answers = await parsedByVllm(
      ...rendered.map(({ command, environment: set }) => ({ command, names: Object.keys(set) })),
    );
    expect(answers).toHaveLength(2);
    for (const [at, { command }] of rendered.entries()) {
      const valueOf = (flag: string) => command[command.indexOf(flag) + 1];
      expect(answers[at]).toMatchObject({ code: 0, unknown: [] });
      expect(answers[at]?.parsed).toMatchObject({
        model_tag: command[0],
        served_model_name: [valueOf('--served-model-name')],
        max_model_len: Number(valueOf('--max-model-len')),
        tool_call_parser: valueOf('--tool-call-parser'),
        enable_auto_tool_choice: true,
        shutdown_timeout: Number(valueOf('--shutdown-timeout')),
        disable_fastapi_docs: true,
      });
    }
    const [lab, prod] = answers.map(({ parsed }) => parsed);
    expect(lab).toMatchObject({ kv_cache_memory_bytes: 64 * 2 ** 20, enforce_eager: true });
    expect(prod).toMatchObject({ gpu_memory_utilization: 0.41, enforce_eager: false });
  });

  it('would refuse an argument or a variable that it does not know', async () => {
    const { command } = composed('lab');
    const [argument, variable] = await parsedByVllm(
      { command: [...command, '--no-such-flag'], names: [] },
      { command, names: ['VLLM_NO_SUCH_VARIABLE'] },
    );
    expect(argument).toMatchObject({ code: 2, error: expect.stringMatching(/no-such-flag/) });
    expect(variable).toMatchObject({ code: 0, unknown: ['VLLM_NO_SUCH_VARIABLE'] });
  });

  it('computes on the CPU, as rendered, and complains of nothing there', async () => {
    const log = await askHost('management', '', 'docker', 'logs', container);
    expect(`${log.out}${log.err}`).not.toMatch(/Operation not permitted|Unknown vLLM environment/);
    expect(`${log.out}${log.err}`).toMatch(/Explicitly set \(0\.06\/[\d.]+\) GiB for KV cache/);
  });

  it('serves the model under its name, with its context, to who has the key', async () => {
    const { data } = (await askJson(api('/v1/models'), withKey(await vllmKey()))) as {
      data: { id: string; root: string; max_model_len: number }[];
    };
    expect(data).toMatchObject([
      { id: served, root: model!.id, max_model_len: model!.contextLength },
    ]);
    expect(await ask(api('/v1/models'))).toMatchObject({ status: 401 });
    expect(await ask(api('/v1/models'), withKey('sk-wrong'))).toMatchObject({ status: 401 });
    expect(await ask(api('/docs'))).toMatchObject({ status: 404 });
  });

  it('downloaded the model into the folder that stays', async () => {
    const folder = `/srv/docker/vllm/huggingface/hub/models--${model!.id.replace('/', '--')}`;
    const commit = (await onHost('management', 'cat', `${folder}/refs/main`)).trim();
    expect(commit).toMatch(/^[0-9a-f]{40}$/);
    const files = await onHost('management', 'ls', `${folder}/snapshots/${commit}`);
    expect(files).toMatch(/model\.safetensors/);
  });

  it('streams an answer word by word, and takes tools', async () => {
    const key = await vllmKey();
    const body = { model: served, messages: [question] };
    const path = api('/v1/chat/completions');
    const { status, text } = await ask(path, withKey(key, { ...body, stream: true }));
    const events = text.split('\n').filter((line) => line.startsWith('data: '));
    expect(status).toBe(200);
    expect(events.at(-1)).toBe('data: [DONE]');
    const words = events.slice(0, -1).map((event) => {
      const { choices } = JSON.parse(event.slice(6)) as {
        choices: { delta: { content?: string } }[];
      };
      return choices[0]?.delta.content ?? '';
    });
    expect(words.length).toBeGreaterThan(5);
    expect(words.join('')).toMatch(/computed by vLLM/);
    const asked = await ask(path, withKey(key, { ...body, tools: [tool] }));
    expect(asked).toMatchObject({ status: 200 });
  });

  it('says what is too long for its context, and what it does not serve', async () => {
    const key = await vllmKey();
    const chat = (body: object) => ask(api('/v1/chat/completions'), withKey(key, body));
    const long = { role: 'user', content: 'x '.repeat(2 * model!.contextLength) };
    expect(await chat({ model: served, messages: [long] })).toMatchObject({
      status: 400,
      text: expect.stringMatching(/maximum context length/),
    });
    expect(await chat({ model: 'nobody', messages: [question] })).toMatchObject({ status: 404 });
  });

  it('answers through the gateway', async () => {
    const key = await keyOf('trusted', 'litellm', 'LITELLM_MASTER_KEY');
    const asked = withKey(key, { model: model!.publicName, messages: [question], tools: [tool] });
    const answer = (await askJson(`https://${net()}.11/v1/chat/completions`, {
      ...asked,
      ca: readFileSync('.lab/tls/ca.pem', 'utf8'),
      headers: { ...asked.headers, host: 'openai.lab.test' },
    })) as { choices: { message: { content: string } }[] };
    expect(answer.choices[0]?.message.content).toMatch(/computed by vLLM/);
  });

  // It starts vLLM twice, which takes a minute and a half.
  if (isLong)
    it('fails the deploy of a model that its hub does not know, and shows what vLLM says', async () => {
      const file = `libs/inventory/environments/lab/models/${model!.name}.yaml`;
      workspace.edit(file, /^id: .*$/m, 'id: Qwen/missing-model');
      const ran = await workspace.stack('deploy', 'vllm');
      expect(ran.code).toBe(1);
      expect(`${ran.out}${ran.err}`).toMatch(/missing-model/);
    });
});
