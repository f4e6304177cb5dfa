import { inspect } from 'node:util';
import { flattenErrors, formatWhere, StackError, StackErrors, type Where } from '@ai-stack/core';
import { makeStyle, type Look, type Style } from './style';
import { cleanText, hangText } from './wrap-text';

interface ErrorFormat extends Look {
  /** Show the causes, with the place in the code. */
  verbose: boolean;
}

/** Any error, single or many, grouped by file or host: what is wrong, where, and how to fix it. */
export function formatErrors(error: unknown, { colour, width, verbose }: ErrorFormat): string {
  const style = makeStyle(colour, width);
  const errors = flattenErrors(error);
  const [only] = errors;
  if (errors.length === 1 && only !== undefined) {
    const lead = style.bad('error: ');
    return formatOne(only, lead, 'error: ', only.where, verbose, style).join('\n');
  }
  const heading = error instanceof StackErrors ? error.what : `${errors.length} errors`;
  const groups = [...groupErrors(errors)].flatMap(([name, members]) => [
    '',
    ...(name === '' ? [] : [style.strong(name)]),
    ...members.flatMap((member) => {
      const where = withoutGroup(member.where);
      return formatOne(member, '  ', '  ', where, verbose, style);
    }),
  ]);
  return [style.bad(cleanText(heading)), ...groups].join('\n');
}

/** In the order of first appearance; inside one file by line. */
function groupErrors(errors: readonly StackError[]): Map<string, StackError[]> {
  const groups = new Map<string, StackError[]>();
  for (const error of errors) {
    const name = groupOf(error.where);
    groups.set(name, [...(groups.get(name) ?? []), error]);
  }
  for (const [name, members] of groups) {
    const line = ({ where }: StackError): number => where.line ?? 0;
    const sorted = members.map((error, at) => ({ error, at }));
    sorted.sort((a, b) => line(a.error) - line(b.error) || a.at - b.at);
    groups.set(
      name,
      sorted.map(({ error }) => error),
    );
  }
  return groups;
}

function groupOf({ file, host }: Where): string {
  const place = host === undefined ? '' : `host ${host}`;
  if (file === undefined) return place;
  return host === undefined ? file : `${file} on ${place}`;
}

/** What the group's heading does not say already. */
function withoutGroup(where: Where): Where {
  return { ...where, file: undefined, host: undefined };
}

function formatOne(
  error: StackError,
  lead: string,
  plainLead: string,
  where: Where,
  verbose: boolean,
  style: Style,
): string[] {
  const place = formatWhere(where);
  const text = cleanText(place === '' ? error.what : `${place}: ${error.what}`);
  const [first = '', ...more] = hangText(plainLead, text, style.width);
  const isBug = isForeign(error);
  const hint =
    isBug && !verbose ? 'run it again with --verbose to see where it came from' : undefined;
  const fix = error.fix ?? hint;
  return [
    lead + first.slice(plainLead.length),
    ...more,
    ...(fix === undefined ? [] : hangText('    fix: ', cleanText(fix), style.width)),
    ...(verbose ? causesOf(error).map(style.quiet) : []),
  ];
}

/** An error that the project did not throw itself: flattenErrors has wrapped it. */
function isForeign({ what, cause }: StackError): boolean {
  return (
    typeof cause === 'object' && cause !== null && 'stack' in cause && messageOf(cause) === what
  );
}

function causesOf(error: StackError): string[] {
  const lines: string[] = [];
  const shown = new Set<unknown>([undefined, null]);
  for (let cause = error.cause; !shown.has(cause); cause = nextCause(cause)) {
    shown.add(cause);
    const text = cleanText(describe(cause));
    lines.push(...text.split('\n').map((line, at) => (at === 0 ? '    cause: ' : '      ') + line));
  }
  return lines;
}

function describe(cause: unknown): string {
  if (cause instanceof StackError) return cause.message;
  if (typeof cause === 'object' && cause !== null && 'stack' in cause) return String(cause.stack);
  return typeof cause === 'string' ? cause : inspect(cause, { depth: 2 });
}

function nextCause(cause: unknown): unknown {
  return typeof cause === 'object' && cause !== null && 'cause' in cause ? cause.cause : undefined;
}

function messageOf(cause: object): string {
  return 'message' in cause ? String(cause.message) : '';
}
