import { BlockList, isIPv6 } from 'node:net';
import type { IncomingHttpHeaders } from 'node:http';

/** What a rule sees of a request. */
export interface Seen {
  readonly host: string;
  readonly path: string;
  readonly client: string;
  readonly headers: IncomingHttpHeaders;
}
export type Rule = (seen: Seen) => boolean;

const matchers: Readonly<Record<string, (...args: string[]) => Rule>> = {
  Host: (name = '') => {
    const wanted = name.toLowerCase();
    return ({ host }) => host === wanted;
  },
  PathPrefix: (prefix = '') => {
    return ({ path }) => path.startsWith(prefix);
  },
  HeaderRegexp: (name = '', pattern = '') => {
    const regexp = new RegExp(pattern);
    return ({ headers }) =>
      [headers[name.toLowerCase()] ?? []].flat().some((one) => regexp.test(one));
  },
  ClientIP: (range = '') => {
    const [address = '', bits] = range.split('/');
    const family = isIPv6(address) ? 'ipv6' : 'ipv4';
    const list = new BlockList();
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
    return ({ client }) => list.check(client, isIPv6(client) ? 'ipv6' : 'ipv4');
  },
};

/** Parses the matchers that this stack renders, with `&&`, `||`, `!` and parentheses; throws on any other. */
export function parseRule(text: string): Rule {
  const tokens = text.match(/`[^`]*`|&&|\|\||[()!,]|\w+|\S/g) ?? [];
  const take = (wanted?: string): string => {
    const token = tokens.shift() ?? 'its end';
    if (wanted !== undefined && token !== wanted) {
      throw new Error(`rule ${text}: ${wanted} expected, not ${token}`);
    }
    return token;
  };
  const parseOne = (): Rule => {
    const token = take();
    if (token === '!') {
      const inner = parseOne();
      return (seen) => !inner(seen);
    }
    if (token === '(') {
      const inner = parseOr();
      take(')');
      return inner;
    }
    const matcher = Object.hasOwn(matchers, token) ? matchers[token] : undefined;
    if (matcher === undefined) throw new Error(`rule ${text}: unsupported function: ${token}`);
    take('(');
    const args = [take()];
    while (tokens[0] === ',') args.push((take(','), take()));
    take(')');
    return matcher(...args.map((arg) => arg.replace(/^`|`$/g, '')));
  };
  const parseAnd = (): Rule => {
    const rules = [parseOne()];
    while (tokens[0] === '&&') rules.push((take('&&'), parseOne()));
    return (seen) => rules.every((rule) => rule(seen));
  };
  const parseOr = (): Rule => {
    const rules = [parseAnd()];
    while (tokens[0] === '||') rules.push((take('||'), parseAnd()));
    return (seen) => rules.some((rule) => rule(seen));
  };
  const rule = parseOr();
  if (tokens.length > 0) throw new Error(`rule ${text}: ${tokens[0]} is too much`);
  return rule;
}
