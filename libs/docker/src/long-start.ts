import type { ReleaseContainer } from '@ai-stack/core';
import type { ContainerUsage } from './engine';

type LongStart = NonNullable<ReleaseContainer['longStart']>;

/** One look at a container whose start takes long. */
export interface StartLook {
  /** Milliseconds. */
  at: number;
  /** Its last log lines, oldest first. */
  lines: readonly string[];
  /** Undefined: the engine did not say. */
  usage: ContainerUsage | undefined;
}

/** What earlier looks have shown; later ones are compared with it. */
export interface StartMemory {
  line: string;
  usage: ContainerUsage | undefined;
  comparedAt: number;
  movedAt: number;
  /** When it was first seen that the long part is over. */
  overAt?: number;
}

/** So long a start may show nothing that moves; a step between two log lines shows at least processor time or blocks. */
const longestStallMs = 120_000;
/** So long a program may take from the end of the long part until its next health check. */
const longestRestMs = 120_000;
/** More of one core than health checks and an idle program take. */
const busyShare = 0.05;
/** Two looks closer together say nothing of the share. */
const shortestMs = 1000;

interface StartVerdict {
  isGoingOn: boolean;
  /** What was seen last, for a person; undefined: no long part of a start is under way. */
  detail?: string;
  memory?: StartMemory;
}

/**
 * Whether a long part of a start goes on and makes progress: its log line is there, the line that ends it has not followed,
 * and in the last two minutes there was a new line, processor time, or bytes from or to the disk. After its end the rest of
 * the start, and the next health check, have two minutes. Pure.
 */
export function evaluateLongStart(
  { begins, ends, limitSeconds }: LongStart,
  look: StartLook,
  earlier: StartMemory | undefined,
  startedAt: number,
): StartVerdict {
  const begun = look.lines.findLastIndex((line) => line.includes(begins));
  const ended = look.lines.findLastIndex((line) => line.includes(ends));
  if (begun === -1 && earlier === undefined) return { isGoingOn: false };
  const line = (look.lines.at(-1) ?? '').trim();
  const memory = remember(look, line, earlier);
  if (ended > begun) return evaluateRest(look, memory);
  const progress = `its start goes on ("${line.slice(0, 200)}")`;
  const stillMs = look.at - memory.movedAt;
  if (look.at - startedAt >= limitSeconds * 1000) {
    const detail = `${progress}, longer than the limit of ${limitSeconds} s`;
    return { isGoingOn: false, detail, memory };
  }
  if (stillMs >= longestStallMs) {
    const seconds = Math.round(stillMs / 1000);
    const what = 'no new log line, processor time or disk access';
    return {
      isGoingOn: false,
      detail: `${progress}, but for ${seconds} s there was ${what}`,
      memory,
    };
  }
  return { isGoingOn: true, detail: progress, memory };
}

/** What follows the long part may take a while, too, and a program that failed its checks is healthy at the next one. */
function evaluateRest({ at }: StartLook, earlier: StartMemory): StartVerdict {
  const overAt = earlier.overAt ?? at;
  const memory = { ...earlier, overAt };
  return at - overAt < longestRestMs
    ? { isGoingOn: true, detail: 'the long part of its start is over', memory }
    : { isGoingOn: false, memory };
}

function remember(
  { at, usage }: StartLook,
  line: string,
  earlier: StartMemory | undefined,
): StartMemory {
  if (earlier === undefined) return { line, usage, comparedAt: at, movedAt: at };
  const isNew = line !== earlier.line;
  if (!isNew && at - earlier.comparedAt < shortestMs) return earlier;
  const hasMoved = isNew || isBusy(earlier, usage, at);
  return {
    ...{ line, usage: usage ?? earlier.usage, comparedAt: at },
    movedAt: hasMoved ? at : earlier.movedAt,
    ...(earlier.overAt !== undefined && { overAt: earlier.overAt }),
  };
}

function isBusy(
  { usage: before, comparedAt }: StartMemory,
  usage: ContainerUsage | undefined,
  at: number,
): boolean {
  if (before === undefined || usage === undefined) return false;
  const share = (usage.cpuSeconds - before.cpuSeconds) / ((at - comparedAt) / 1000);
  return share >= busyShare || usage.blockBytes > before.blockBytes;
}
