import { Refusal } from './http-double';

export interface VllmArgs {
  readonly model: string;
  readonly servedNames: readonly string[];
  readonly maxModelLen: number;
  readonly host: string;
  readonly port: number;
  readonly apiKeys: readonly string[];
  readonly shutdownTimeout: number;
}

const VALUES = [
  ...[
    'model',
    'max-model-len',
    'host',
    'port',
    'shutdown-timeout',
    'gpu-memory-utilization',
    'kv-cache-memory-bytes',
    'dtype',
  ],
  ...[
    'revision',
    'tokenizer',
    'tool-call-parser',
    'reasoning-parser',
    'max-num-seqs',
    'generation-config',
  ],
  ...['max-num-batched-tokens', 'tensor-parallel-size', 'pipeline-parallel-size', 'quantization'],
  ...[
    'kv-cache-dtype',
    'download-dir',
    'load-format',
    'seed',
    'chat-template',
    'root-path',
    'swap-space',
  ],
  ...['uvicorn-log-level', 'runner', 'task', 'cpu-offload-gb', 'block-size', 'hf-token'],
];
const LISTS = ['served-model-name', 'api-key'];
const SWITCHES = [
  ...['enable-auto-tool-choice', 'disable-fastapi-docs', 'trust-remote-code', 'enforce-eager'],
  ...[
    'enable-prefix-caching',
    'no-enable-prefix-caching',
    'enable-chunked-prefill',
    'async-scheduling',
  ],
  ...[
    'disable-log-requests',
    'enable-log-requests',
    'disable-log-stats',
    'disable-uvicorn-access-log',
  ],
];

/** Parses `vllm serve` arguments. Throws what argparse would print; the program then ends with code 2. */
export function parseVllmArgs(args: readonly string[]): VllmArgs {
  const given = new Map<string, string[]>();
  const positional: string[] = [];
  const unknown: string[] = [];
  for (let at = 0; at < args.length; at += 1) {
    const [flag = '', inline] = (args[at] ?? '').split(/=(.*)/s);
    const name = flag.replace(/^--/, '').replaceAll('_', '-');
    if (!flag.startsWith('--')) positional.push(flag);
    else if (SWITCHES.includes(name)) given.set(name, []);
    else if (VALUES.includes(name) || LISTS.includes(name)) {
      const values = inline === undefined ? [] : [inline];
      const most = LISTS.includes(name) ? Infinity : 1;
      while (
        values.length < most &&
        at + 1 < args.length &&
        !(args[at + 1] ?? '').startsWith('--')
      ) {
        values.push(args[(at += 1)] ?? '');
      }
      if (values.length === 0) throw new Refusal(2, `argument --${name}: expected one argument`);
      given.set(name, values);
    } else unknown.push(args[at] ?? '');
  }
  if (positional.length > 1) unknown.push(...positional.slice(1));
  if (unknown.length > 0) throw new Refusal(2, `unrecognized arguments: ${unknown.join(' ')}`);
  return vllmArgs(given, positional[0]);
}

function vllmArgs(given: Map<string, string[]>, positional: string | undefined): VllmArgs {
  const number = (name: string, otherwise: number) => {
    const text = given.get(name)?.[0];
    if (text === undefined) return otherwise;
    if (!/^\d+(\.\d+)?$/.test(text))
      throw new Refusal(2, `argument --${name}: invalid value: '${text}'`);
    return Number(text);
  };
  number('gpu-memory-utilization', 0.92);
  const model = positional ?? given.get('model')?.[0] ?? 'Qwen/Qwen3-0.6B';
  return {
    model,
    servedNames: given.get('served-model-name') ?? [model],
    maxModelLen: number('max-model-len', 32768),
    host: given.get('host')?.[0] ?? '0.0.0.0',
    port: number('port', 8000),
    apiKeys: given.get('api-key') ?? [],
    shutdownTimeout: number('shutdown-timeout', 0),
  };
}
