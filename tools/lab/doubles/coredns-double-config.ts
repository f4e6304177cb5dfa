/** One server block of a Corefile, with what the double knows of it. */
export interface ServerBlock {
  /** In lower case, without the last dot; '' is the root. */
  readonly zone: string;
  readonly port: number;
  readonly zoneFile?: string;
  readonly reloadMs: number;
  readonly fallthrough: boolean;
  readonly upstreams: readonly { address: string; port: number }[];
  /** Ports of `health` and `ready`. */
  readonly health?: number;
  readonly ready?: number;
}

type Mutable = { -readonly [K in keyof ServerBlock]: ServerBlock[K] };
const ignored = ['errors', 'cache', 'loop', 'log', 'reload', 'bufsize'];
export const absolute = (name: string) => name.toLowerCase().replace(/\.$/, '');
const portOf = (text: string, otherwise: number) => Number(/:(\d+)$/.exec(text)?.[1] ?? otherwise);

/** Parses the subset of a Corefile that apps/dns renders; throws on a directive that the double does not know. */
export function parseCorefile(text: string): ServerBlock[] {
  const servers: ServerBlock[] = [];
  let server: Mutable | undefined;
  let isInFile = false;
  for (const raw of text.split('\n')) {
    const words = raw
      .replace(/(^|\s)#.*$/, '')
      .split(/\s+/)
      .filter((word) => word !== '');
    if (words.length === 0) continue;
    if (server === undefined) server = openServer(words);
    else if (words[0] === '}') {
      if (!isInFile) {
        servers.push(server);
        server = undefined;
      }
      isInFile = false;
    } else if (isInFile) readFileOption(server, words);
    else {
      readDirective(server, words);
      isInFile = words.at(-1) === '{';
    }
  }
  if (server !== undefined) throw new Error('Corefile: a block is not closed');
  return servers;
}

function openServer(words: readonly string[]): Mutable {
  const [zone = '', brace] = words;
  if (words.length !== 2 || brace !== '{') throw new Error(`Corefile: ${words.join(' ')}`);
  return {
    zone: absolute(zone.replace(/:\d+$/, '')),
    port: portOf(zone, 53),
    reloadMs: 60_000,
    fallthrough: false,
    upstreams: [],
  };
}

function readDirective(server: Mutable, [name = '', ...args]: readonly string[]): void {
  const [first = ''] = args;
  if (name === 'file') server.zoneFile = first;
  else if (name === 'forward' && first === '.') server.upstreams = args.slice(1).map(parseUpstream);
  else if (name === 'health') server.health = portOf(first, 8080);
  else if (name === 'ready') server.ready = portOf(first, 8181);
  else if (!ignored.includes(name) || args.includes('{')) {
    throw new Error(`Corefile: the double does not know: ${[name, ...args].join(' ')}`);
  }
}

function readFileOption(server: Mutable, [name = '', value = '']: readonly string[]): void {
  if (name === 'fallthrough') server.fallthrough = true;
  else if (name === 'reload') server.reloadMs = parseSpan(value);
  else throw new Error(`Corefile: the double does not know the option ${name} of file`);
}

/** `[fd00::1]:53`, `192.0.2.1` */
function parseUpstream(text: string) {
  const [, bracketed, plain, port = '53'] = /^(?:\[(.+)\]|([^:]+))(?::(\d+))?$/.exec(text) ?? [];
  const address = bracketed ?? plain;
  if (address === undefined) throw new Error(`Corefile: not an address: ${text}`);
  return { address, port: Number(port) };
}

function parseSpan(text: string): number {
  const [, number, unit = ''] = /^(\d+)(ms|s|m|h)$/.exec(text) ?? [];
  if (number === undefined) throw new Error(`Corefile: not a span: ${text}`);
  return Number(number) * ({ ms: 1, s: 1000, m: 60_000, h: 3_600_000 }[unit] ?? 0);
}
