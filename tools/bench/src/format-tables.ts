import type { Growth } from './growth';
import type { ManyRow } from './many-hosts';

/** The medians of one contender over one line. */
export interface Row {
  name: string;
  seconds: number;
  slowest: number;
  cpuSeconds: number;
  memoryMiB: number;
  /** Opened in one run, and bytes both ways; a shared master is open before. */
  connections: number;
  bytes: number;
}

export interface Case {
  name: string;
  /** Added to each round trip. */
  delayMs: number;
  rows: Row[];
}

/** How long Nx needs to name what one change affects. */
export interface Affected {
  services: number;
  affectedMs: number;
}

const reference = 'ssh loop, shared master, up -d --wait';

/** A table for each case, and one of how time grows with the delay. Pure. */
export function formatTables(
  machine: string,
  cases: readonly Case[],
  growth: readonly Growth[] = [],
  affected: readonly Affected[] = [],
  many: readonly ManyRow[] = [],
): string {
  const tables = cases.map(({ name, delayMs, rows }) => {
    const base = rows.find((row) => row.name === reference)?.seconds ?? NaN;
    const lines = rows.map((row) =>
      cells([
        row.name,
        row.seconds.toFixed(2),
        row.slowest.toFixed(2),
        (row.seconds / base).toFixed(2),
        row.cpuSeconds.toFixed(2),
        row.memoryMiB.toFixed(0),
        String(row.connections),
        (row.bytes / 1000).toFixed(0),
      ]),
    );
    const head = ['', 'median s', 'slowest s', 'ratio', 'CPU s', 'MiB', 'connections', 'kB'];
    return `### ${name}, ${delayMs} ms added to each round trip\n\n${table(head, lines)}`;
  });
  return `${[`${machine}. Ratio: to "${reference}".`, ...tables, ...roundTrips(cases), ...growthTable(growth, affected), ...manyTable(many)].join('\n\n')}\n`;
}

function growthTable(growth: readonly Growth[], affected: readonly Affected[]): string[] {
  if (growth.length === 0) return [];
  const lines = growth.map(({ services, renderMs, planMs }) => {
    const asked =
      affected.find((columnWidth) => columnWidth.services === services)?.affectedMs.toFixed(0) ??
      '';
    return cells([String(services), renderMs.toFixed(0), planMs.toFixed(0), asked]);
  });
  const head = ['services', 'render ms', 'plan ms', 'nx show projects --affected ms'];
  return [`### More services\n\n${table(head, lines)}`];
}

function manyTable(many: readonly ManyRow[]): string[] {
  if (many.length === 0) return [];
  const number = (value: number, digits: number): string =>
    Number.isFinite(value) ? value.toFixed(digits) : '';
  const lines = many.map((row) =>
    cells([
      ...[row.name, String(row.hosts), number(row.seconds, 2), number(row.slowest, 2)],
      ...[number(row.ratio, 2), number(row.memoryMiB, 0), number(row.connections, 0)],
    ]),
  );
  const head = ['', 'hosts', 'median s', 'slowest s', 'ratio', 'MiB', 'connections at once'];
  return [`### Many hosts, a real sshd each\n\n${table(head, lines)}`];
}

/** Time over delay is the number of round trips that wait for each other, those of the connections among them. */
function roundTrips(cases: readonly Case[]): string[] {
  const quiet = cases.filter(({ name }) => name === 'no-op');
  const [near, far] = [quiet.at(0), quiet.at(-1)];
  if (near === undefined || far === undefined || near.delayMs === far.delayMs) return [];
  const lines = near.rows.map(({ name, seconds }) => {
    const later = far.rows.find((row) => row.name === name)?.seconds ?? NaN;
    const trips = ((later - seconds) * 1000) / (far.delayMs - near.delayMs);
    return cells([name, trips.toFixed(1)]);
  });
  return [`### Round trips one after the other\n\n${table(['', 'round trips'], lines)}`];
}

function table(head: readonly string[], lines: readonly string[]): string {
  return [cells(head), cells(head.map((_, at) => (at === 0 ? '---' : '--:'))), ...lines].join('\n');
}

const cells = (list: readonly string[]): string => `| ${list.join(' | ')} |`;
