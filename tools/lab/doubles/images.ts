export type ImageFile =
  | { readonly path: string; readonly link: string }
  | { readonly path: string; readonly content: string; readonly mode: string };

/** What the images' builder needs to know of a double; README.md says what each key means. */
export interface DoubleImage {
  readonly entrypoint?: readonly string[];
  readonly cmd?: readonly string[];
  readonly user?: string;
  readonly env: Readonly<Record<string, string>>;
  readonly exposedPorts: readonly string[];
  readonly workdir: string;
  readonly volumes: readonly string[];
  readonly tools: readonly string[];
  readonly files: readonly ImageFile[];
}

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

// As in the real image: bash stays process 1, forwards TERM and ends before the server did.
const QDRANT_ENTRYPOINT = `#!/bin/bash
forward() { kill -TERM "$pid" 2>/dev/null; }
trap forward TERM
./qdrant "$@" &
pid=$!
wait $pid
`;
// As in the real image: without a key one is made in the working folder.
const OPEN_WEBUI_START = `#!/bin/bash
cd /app/backend || exit 1
if [ -z "$WEBUI_SECRET_KEY" ]; then
  [ -e .webui_secret_key ] || head -c 12 /dev/random | base64 > .webui_secret_key
  WEBUI_SECRET_KEY=$(< .webui_secret_key)
fi
WEBUI_SECRET_KEY=$WEBUI_SECRET_KEY exec /opt/double/server.mjs
`;

// LiteLLM's health check is a line of Python that asks one address.
const PYTHON = (server: string) => `#!/bin/bash\nexec ${server} python3 "$@"\n`;

/** The image of each double, by name; `server` is where the bundle lies in it. */
export function images(server: string): Record<string, DoubleImage> {
  const env = { PATH };
  return {
    'ollama-double': {
      entrypoint: ['/bin/ollama'],
      cmd: ['serve'],
      env: { ...env, OLLAMA_HOST: '0.0.0.0:11434', HOME: '/root' },
      exposedPorts: ['11434/tcp'],
      workdir: '/',
      volumes: ['/root/.ollama'],
      tools: [],
      files: [{ path: '/bin/ollama', link: server }],
    },
    'qdrant-double': {
      cmd: ['./entrypoint.sh'],
      env: { ...env, RUN_MODE: 'production' },
      exposedPorts: ['6333/tcp', '6334/tcp'],
      workdir: '/qdrant',
      volumes: ['/qdrant/storage', '/qdrant/snapshots'],
      tools: [],
      files: [
        { path: '/qdrant/qdrant', link: server },
        { path: '/qdrant/entrypoint.sh', content: QDRANT_ENTRYPOINT, mode: '755' },
      ],
    },
    'vllm-double': {
      entrypoint: ['vllm', 'serve'],
      env: { ...env, HOME: '/root' },
      exposedPorts: [],
      workdir: '/vllm-workspace',
      volumes: ['/root/.cache/huggingface', '/root/.cache/vllm'],
      tools: ['curl'],
      files: [{ path: '/usr/local/bin/vllm', link: server }],
    },
    'open-webui-double': {
      cmd: ['bash', 'start.sh'],
      env: { ...env, ENV: 'prod', PORT: '8080', HOME: '/root' },
      exposedPorts: ['8080/tcp'],
      workdir: '/app/backend',
      volumes: ['/app/backend/data'],
      tools: ['curl'],
      files: [{ path: '/app/backend/start.sh', content: OPEN_WEBUI_START, mode: '755' }],
    },
    'idp-double': {
      entrypoint: [server],
      env: { ...env, IDP_CONFIG: '/etc/idp/idp.json' },
      exposedPorts: ['9000/tcp'],
      workdir: '/',
      volumes: ['/etc/idp'],
      tools: ['curl'],
      files: [],
    },
    'echo-double': {
      entrypoint: [server],
      env: { ...env, PORT: '8080' },
      exposedPorts: ['8080/tcp'],
      workdir: '/',
      volumes: [],
      tools: [],
      files: [],
    },
    ...fallbackImages(server),
  };
}

/** Doubles of programs that are real wherever their registry can be reached. */
function fallbackImages(server: string): Record<string, DoubleImage> {
  const base = { env: { PATH }, workdir: '/', volumes: [], tools: [], files: [] };
  return {
    'litellm-double': {
      ...base,
      entrypoint: [server],
      cmd: ['--port', '4000'],
      exposedPorts: ['4000/tcp'],
      workdir: '/app',
      files: [{ path: '/usr/local/bin/python3', content: PYTHON(server), mode: '755' }],
    },
    'traefik-double': {
      ...base,
      entrypoint: ['/usr/local/bin/traefik'],
      exposedPorts: ['80/tcp'],
      files: [{ path: '/usr/local/bin/traefik', link: server }],
    },
    'coredns-double': {
      ...base,
      entrypoint: [server],
      user: '65532:65532',
      exposedPorts: ['53/tcp', '53/udp'],
    },
  };
}
