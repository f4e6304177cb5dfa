import {
  isEmptyPlan,
  nxRun,
  type Action,
  type Blocked,
  type MissingRecord,
  type Plan,
  type Verb,
  type Warning,
} from '@ai-stack/core';
import { countWords, plural } from './count-words';
import { formatUnreachable } from './format-status';
import { makeStyle, type Look, type Style } from './style';
import { cleanText, hangText, widthOf } from './wrap-text';

interface PlanFormat extends Look {
  /** Show what stays as it is, too. */
  showKept: boolean;
  /** Guards that are overridden: they are reported, but block nothing. */
  allow?: readonly string[];
}

const signs: Record<Verb, string> = {
  create: '+',
  update: '~',
  replace: '±',
  remove: '-',
  keep: '=',
};
const verbs = ['create', 'update', 'replace', 'remove'] as const;

/** Plans as trees with one line of summary after them. */
export function formatPlan(
  plans: Plan | readonly Plan[],
  { showKept, colour, width, allow = [] }: PlanFormat,
): string {
  const style = makeStyle(colour, width);
  const given = 'actions' in plans ? [plans] : plans;
  const unknown = given.filter(({ unreachable }) => unreachable !== undefined);
  const all = given.filter((plan) => !unknown.includes(plan));
  const shown = all.filter((plan) => showKept || isBusy(plan));
  const idle = all.filter((plan) => !shown.includes(plan));
  const trees = onceWarned(shown).flatMap((plan) => [
    ...formatTree(plan, showKept, style, allow),
    '',
  ]);
  const unchanged = idle.map(({ service, host }) => `${service} on ${host}`).join(', ');
  const rest =
    shown.length === 0 || unchanged === '' ? [] : hangText('unchanged: ', unchanged, style.width);
  return [
    ...trees,
    ...rest.map(style.quiet),
    ...unreachableNotes(unknown, style).map(style.bad),
    // Of services that nothing is known of it would say that there is nothing to do.
    ...(all.length === 0 && unknown.length > 0 ? [] : [summary(all, style, allow)]),
  ].join('\n');
}

/** A line for each host that did not answer, with the services that could not be planned. */
function unreachableNotes(plans: readonly Plan[], style: Style): string[] {
  const hosts = [...new Set(plans.map(({ host }) => host))];
  return hosts.flatMap((host) => {
    const own = plans.filter((plan) => plan.host === host);
    const services = own.map(({ service }) => service).join(', ');
    const { lastSeen = null, reason = '' } = own[0]?.unreachable ?? {};
    const text = `${formatUnreachable(host, { lastSeen, reason })}; not planned: ${services}`;
    return hangText('unreachable: ', text, style.width);
  });
}

/** What all services of a host are warned of alike, such as its clock, is said at the first of them. */
function onceWarned(plans: readonly Plan[]): Plan[] {
  const shown = new Set<string>();
  return plans.map((plan) => {
    const warnings = (plan.warnings ?? []).filter(({ reason }) => {
      const key = `${plan.host}\n${reason}`;
      const isFirst = !shown.has(key);
      shown.add(key);
      return isFirst;
    });
    return { ...plan, warnings };
  });
}

function isBusy(plan: Plan): boolean {
  return !isEmptyPlan(plan) || plan.blocked.length > 0;
}

function formatTree(
  plan: Plan,
  showKept: boolean,
  style: Style,
  allow: readonly string[],
): string[] {
  const { service, host, release, actions, blocked, isDrift, opens = [], records = [] } = plan;
  const wanted = actions.filter(({ verb }) => showKept || verb !== 'keep');
  const branches = [
    ...wanted.map((action) => formatAction(action, style)),
    ...opens.map((text) =>
      hangText('! ', cleanText(`reachable without a login: ${text}`), style.width - 3).map(
        style.bad,
      ),
    ),
    ...formatRecords(records, style),
    ...blocked.map((item) => formatBlocked(item, style, allow)),
    ...(plan.warnings ?? []).map((warning) => formatWarning(warning, style)),
  ];
  const lines = branches.flatMap((branch, at) => {
    const isLast = at === branches.length - 1;
    return branch.map((line, row) => {
      const lead = row === 0 ? (isLast ? '└─ ' : '├─ ') : isLast ? '   ' : '│  ';
      return style.quiet(lead) + line;
    });
  });
  return [
    `${style.strong(`${service} on ${host}`)} ${style.quiet(`release ${release}`)}`,
    ...lines,
    ...(isDrift ? driftAdvice(plan, style) : []),
  ];
}

/** One line for each record that the operator has to enter, below the server that lacks them. */
function formatRecords(records: readonly MissingRecord[], style: Style): string[][] {
  const [first] = records;
  if (first === undefined) return [];
  const width = style.width - 3;
  const title = `enter these records into your DNS server ${first.server} (an alias that ends there will do):`;
  const lines = records.flatMap(({ name, type, value, observed }) =>
    hangText('    ', cleanText(`${name} ${type} ${value} (now: ${observed})`), width),
  );
  return [[...hangText('! ', cleanText(title), width).map(style.change), ...lines]];
}

/** A deploy undoes drift; writing it into the repository keeps it. */
function driftAdvice({ service, host, environment }: Plan, style: Style): string[] {
  const text =
    `${host} was changed by hand since this release was deployed. To undo that: ` +
    `${nxRun(environment, `${service}:deploy`)}. To keep it: make the same change in apps/${service} or in ` +
    `libs/inventory/environments/${environment}, then deploy.`;
  return hangText('   ', text, style.width).map(style.change);
}

function formatAction(action: Action, style: Style): string[] {
  const { kind, verb, target, reason, before, after } = action;
  const paint = paintOf(verb, style);
  const text = cleanText(`${kind} ${target}: ${reason}`);
  const change = formatChange(before, after);
  const line = `${text}${change === undefined ? '' : ` (${change})`}`;
  const width = style.width - 3;
  if (change === undefined || (!change.includes('\n') && widthOf(line) + 2 <= width)) {
    return hangText(`${signs[verb]} `, line, width).map(paint);
  }
  return [
    ...hangText(`${signs[verb]} `, text, width).map(paint),
    ...hangText('    ', change, width).map(style.quiet),
  ];
}

/** `old -> new`; the kept lines of longer texts are left out. */
function formatChange(before: string | undefined, after: string | undefined): string | undefined {
  if (before === undefined && after === undefined) return undefined;
  if (before === undefined) return cleanText(after ?? '');
  const old = cleanText(before);
  const next = cleanText(after ?? 'none');
  if (!old.includes('\n') && !next.includes('\n')) return `${old} -> ${next}`;
  const oldLines = old.split('\n');
  const nextLines = next.split('\n');
  return [
    ...oldLines.filter((line) => !nextLines.includes(line)).map((line) => `- ${line}`),
    ...nextLines.filter((line) => !oldLines.includes(line)).map((line) => `+ ${line}`),
  ].join('\n');
}

function formatBlocked(blocked: Blocked, style: Style, allowed: readonly string[]): string[] {
  const { guard, reason, fix } = blocked;
  const width = style.width - 3;
  if (isAllowed(blocked, allowed)) {
    const text = `overridden by --allow=${guard ?? ''}: ${reason}`;
    return hangText('! ', cleanText(text), width).map(style.change);
  }
  const allow = guard === null ? '' : `, or override with --allow=${guard}`;
  return [
    ...hangText('! ', cleanText(`blocked: ${reason}`), width).map(style.bad),
    ...hangText('    fix: ', cleanText(fix) + allow, width),
  ];
}

function formatWarning({ reason, fix }: Warning, style: Style): string[] {
  const width = style.width - 3;
  return [
    ...hangText('! ', cleanText(`warning: ${reason}`), width).map(style.change),
    ...hangText('    fix: ', cleanText(fix), width),
  ];
}

function isAllowed({ guard }: Blocked, allowed: readonly string[]): boolean {
  return guard !== null && allowed.includes(guard);
}

function summary(plans: readonly Plan[], style: Style, allow: readonly string[]): string {
  const changing = plans.filter((plan) => !isEmptyPlan(plan));
  const blocking = plans.flatMap((plan) =>
    plan.blocked.filter((candidate) => !isAllowed(candidate, allow)),
  );
  const blocked = new Set(blocking.map(({ reason }) => reason)).size;
  const hosts = new Set(changing.map(({ host }) => host)).size;
  const counts = countWords(
    verbs,
    onceEach(changing).map(({ verb }) => verb),
  );
  const change = counts === '' ? 'nothing to do' : `${counts} across ${plural(hosts, 'host')}`;
  if (blocked === 0) return style.strong(change);
  const reasons = plural(blocked, 'reason');
  return `${style.strong(change)}; ${style.bad(`blocked by ${reasons}, nothing will be changed`)}`;
}

/** The actions of all plans; what several services of a host share, such as its network, is made once. */
function onceEach(plans: readonly Plan[]): Action[] {
  const shared = new Set<string>();
  return plans.flatMap(({ host, actions }) =>
    actions.filter(({ kind, verb, target }) => {
      if (kind !== 'network') return true;
      const key = `${host} ${verb} ${target}`;
      const isFirst = !shared.has(key);
      shared.add(key);
      return isFirst;
    }),
  );
}

function paintOf(verb: Verb, style: Style): (text: string) => string {
  if (verb === 'create') return style.good;
  if (verb === 'remove') return style.bad;
  return verb === 'keep' ? style.quiet : style.change;
}
