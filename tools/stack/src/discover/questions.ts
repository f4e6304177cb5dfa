import { parse } from 'yaml';
import type { OpenKey } from '@ai-stack/inventory';

/** What a person is told of an open key that the hosts do not show. */
export interface KeyQuestion {
  /** Why the value is needed. */
  reason: string;
  example: string;
  /** What the words mean. */
  read: (answer: string) => unknown;
}

const asText = (answer: string): unknown => answer;
const asList = (answer: string): unknown => answer.split(/[\s,]+/).filter((word) => word !== '');
const orNone =
  (read: (answer: string) => unknown, none: unknown) =>
  (answer: string): unknown =>
    /^(?:none|null|no|\[\])$/i.test(answer) ? none : read(answer);

/** `24, 12` is two GPUs with so many GiB. */
function asGpus(answer: string): unknown {
  return answer
    .split(/[\s,]+/)
    .filter((word) => word !== '')
    .map((word, at) => ({ device: String(at), memoryGiB: Number(word.replace(/gib$/i, '')) }));
}

/** By `<file below the environment>:<key>`. */
const questions: [RegExp, KeyQuestion][] = [
  [
    /^dns\.yaml:upstreams$/,
    {
      reason:
        'the DNS servers that get every query which your zone does not answer, first the one that knows the most; not the host itself',
      example: '192.168.1.1, 9.9.9.9',
      read: asList,
    },
  ],
  [
    /^dns\.yaml:server$/,
    {
      reason:
        'the DNS server of your own that has the names of the stack, and answers for all other names, too',
      example: '192.168.1.53',
      read: asText,
    },
  ],
  [
    /^ingress\.yaml:network$/,
    {
      reason: 'the Docker network that Traefik shares with the containers that it routes to',
      example: 'traefik_proxy',
      read: asText,
    },
  ],
  [
    /^ingress\.yaml:entrypoint$/,
    { reason: "Traefik's entrypoint for https", example: 'websecure', read: asText },
  ],
  [
    /^ingress\.yaml:certResolver$/,
    {
      reason: "Traefik's certificate resolver for the public names; none: its default certificate",
      example: 'letsencrypt, or none',
      read: orNone(asText, null),
    },
  ],
  [
    /^ingress\.yaml:middleware$/,
    {
      reason: 'the forward-auth middleware in front of every public name, with its provider',
      example: 'authentik@docker',
      read: asText,
    },
  ],
  [
    /^sso\.yaml:url$/,
    {
      reason: 'the address at which users reach your Authentik',
      example: 'https://auth.example.org',
      read: asText,
    },
  ],
  [
    /^sso\.yaml:applications\./,
    {
      reason: 'the slug of the application in Authentik (Applications, the application, Slug)',
      example: 'chat',
      read: asText,
    },
  ],
  [
    /^sso\.yaml:groups\./,
    {
      reason:
        'the name of a group in Authentik (Directory, Groups): users may chat, admins administer it',
      example: 'ai-users',
      read: asText,
    },
  ],
  [
    /^hosts\/[^/]+\.yaml:address$/,
    {
      reason: 'the address under which SSH and the other hosts reach this host',
      example: '192.168.1.10',
      read: asText,
    },
  ],
  [
    /^hosts\/[^/]+\.yaml:gpus$/,
    {
      reason: "the memory of each of this host's NVIDIA GPUs in GiB, in the order of nvidia-smi",
      example: '24, or none',
      read: orNone(asGpus, []),
    },
  ],
  [
    /^models\/[^/]+\.yaml:gpu\.device$/,
    {
      reason: 'the GPU on which this model runs, by its index in nvidia-smi',
      example: '0',
      read: asText,
    },
  ],
];

/** What to ask about an open key; of a key that is not known here the comment in its file says what it is. */
export function questionOf({ file, key }: Pick<OpenKey, 'file' | 'key'>): KeyQuestion {
  const below = file.replace(/^libs\/inventory\/environments\/[^/]+\//, '');
  const question = questions.find(([pattern]) => pattern.test(`${below}:${key}`));
  return (
    question?.[1] ?? {
      reason: 'the comment in the file says what it is',
      example: 'a value as in YAML',
      read: readYaml,
    }
  );
}

function readYaml(answer: string): unknown {
  try {
    return parse(answer, { schema: 'core' }) as unknown;
  } catch {
    return answer;
  }
}
