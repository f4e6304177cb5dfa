export type ImageFile =
  | { readonly path: string; readonly link: string }
  | { readonly path: string; readonly content: string; readonly mode: string };

/** What the images' builder needs to know of a double; README.md says what each key means. */
export interface DoubleImage {
  readonly entrypoint?: readonly string[];
  readonly cmd?: readonly string[];
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

/** The image of each double, by name; `server` is the path of the bundle in it. */
export function images(server: string): Record<string, DoubleImage> {
  const env = { PATH };
  return {
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
  };
}
