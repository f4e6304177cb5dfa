import { setTimeout as sleep } from 'node:timers/promises';
import type { SecureContext } from 'node:tls';
import {
  levels as allLevels,
  type ClockSkew,
  type Level,
  type Probe,
  type ProbeResult,
  type StackError,
  type Vantage,
} from '@ai-stack/core';
import type { Engine } from '@ai-stack/docker';
import { redact } from '@ai-stack/secrets';
import { openGate, type Connection } from '@ai-stack/ssh';
import { askOnce } from './ask-once';
import { formatSeconds } from './connect';
import { formatExpected, formatTarget } from './describe-probe';
import type { DnsServer } from './dns/ask';
import { secretsIn, type SecretOf } from './http/fill';
import type { Evaluation } from './evaluation';
import { openTrust } from './open-trust';
import { planRetry } from './plan-retry';
import { reachFromHere, reachFromHost, type Reach } from './reach';
import { redactResult } from './redact';

interface Clock {
  /** Milliseconds. */
  now(): number;
  sleep(ms: number): Promise<void>;
}

export interface AskDeps {
  /** By host name. A host without one is reported as not reached. */
  connections: ReadonlyMap<string, Connection>;
  engines: ReadonlyMap<string, Engine>;
  /** Why hosts are missing above (`where.host` says which). */
  absent?: readonly StackError[];
  secretOf: SecretOf;
  /** Files on a host that Compose would read besides the compose.yaml of a service. */
  strayFilesOf?: (host: string, service: string) => readonly string[];
  /** A host's clock against this machine's. */
  clockSkewOf?: (host: string) => ClockSkew | undefined;
  /** The environment's DNS host, which resolves the names that this machine asks for. */
  dnsServer: DnsServer;
  /** The stack's own Docker network. Default `ai-stack`. */
  network?: string;
  /** A private CA as PEM text (not a path), trusted in addition to the public ones and those of this machine. */
  caFile?: string;
  /** How long something may be loading before it counts as failed. Default 60 s. Of one number, inference gets
   *  five times as much, because it loads models. */
  deadlineMs?: number | Partial<Record<Level, number>>;
  /** Default: all. */
  levels?: readonly Level[];
  /** Called with each result as it comes. */
  onResult?: (result: ProbeResult) => void;
  /** Called when an answer means that something is not ready yet. */
  onWait?: (probe: Probe, observed: string) => void;
  /** Default: the machine's. */
  clock?: Clock;
}

const attemptsPerVantage = 8;
/** Once its container is healthy, a program may stay silent for so long and no longer. */
const silenceMs = 10_000;

/**
 * Asks all probes of the chosen levels, level by level, in parallel inside one, and waits for what is still loading.
 * Never throws for a probe: an unreachable host fails the probes that are asked from it. Sorted by service, level, id.
 */
export async function askProbes(probes: readonly Probe[], deps: AskDeps): Promise<ProbeResult[]> {
  const run = openRun(probes, deps);
  const results: ProbeResult[] = [];
  for (const level of allLevels.filter((candidate) =>
    (deps.levels ?? allLevels).includes(candidate),
  )) {
    const below = [...results];
    const asked = probes
      .filter((probe) => probe.level === level)
      .map(async (probe) => {
        const result = await askUntil(probe, below, run);
        deps.onResult?.(result);
        return result;
      });
    results.push(...(await Promise.all(asked)));
  }
  return sortResults(results);
}

/** By service, level (lowest first) and id. */
function sortResults(results: readonly ProbeResult[]): ProbeResult[] {
  const rank = (result: ProbeResult): string =>
    `${result.service}\n${allLevels.indexOf(result.level)}\n${result.id}`;
  return [...results].sort((a, b) => (rank(a) < rank(b) ? -1 : 1));
}

type Gate = ReturnType<typeof openGate>;

interface Run {
  deps: AskDeps;
  clock: Clock;
  trust: () => SecureContext;
  redact: (result: ProbeResult) => ProbeResult;
  redactText: (text: string) => string;
  gateOf: (vantage: Vantage) => Gate;
}

function openRun(probes: readonly Probe[], deps: AskDeps): Run {
  const secrets = probes
    .flatMap(({ ask }) => secretsIn(ask))
    .flatMap(({ service, key }) => deps.secretOf(service, key) ?? []);
  const gates = new Map<Vantage, Gate>();
  return {
    deps,
    clock: deps.clock ?? { now: () => performance.now(), sleep: (ms) => sleep(ms) },
    trust: lazily(() => openTrust(deps.caFile)),
    redact: (result) => redactResult(result, secrets),
    redactText: (text) => redact(text, secrets),
    gateOf: (vantage) => {
      const gate = gates.get(vantage) ?? openGate(attemptsPerVantage);
      gates.set(vantage, gate);
      return gate;
    },
  };
}

/** Attempts with pauses until one counts. */
async function askUntil(
  probe: Probe,
  below: readonly ProbeResult[],
  run: Run,
): Promise<ProbeResult> {
  const { clock, deps } = run;
  const started = clock.now();
  const patience = patienceOf(probe, below, deps);
  const host = hostOf(probe.vantage);
  const reach = openReach(probe.vantage, deps);
  if ('verdict' in reach) return finish(probe, reach, 0, run);
  for (let made = 1, wrong = 0; ; made += 1) {
    const left = Math.max(patience.deadlineMs - (clock.now() - started), 1000);
    const evaluation = await run.gateOf(probe.vantage)(() =>
      askOnce(probe, {
        reach,
        engine: host === undefined ? undefined : deps.engines.get(host),
        strayFiles: host === undefined ? [] : (deps.strayFilesOf?.(host, probe.service) ?? []),
        ...(host !== undefined && { clock: { host, skew: deps.clockSkewOf?.(host) } }),
        trust: run.trust,
        secretOf: deps.secretOf,
        redact: run.redactText,
        longestMs: patience.longestMs ?? left,
      }),
    );
    if (evaluation.verdict === 'wrong') wrong += 1;
    const elapsedMs = clock.now() - started;
    const pause = planRetry({ verdict: evaluation.verdict, made, wrong, elapsedMs, ...patience });
    if (pause === undefined) return finish(probe, evaluation, elapsedMs, run);
    deps.onWait?.(probe, run.redactText(evaluation.observed));
    await clock.sleep(pause);
  }
}

interface Patience {
  deadlineMs: number;
  silenceMs: number;
  /** Of one attempt; undefined: what is left until the deadline. */
  longestMs: number | undefined;
}

/** What a lower level has shown to be broken is asked once; what it has shown to run may not be silent for long. */
function patienceOf(probe: Probe, below: readonly ProbeResult[], deps: AskDeps): Patience {
  const deadlineMs = deadlineOf(probe.level, deps.deadlineMs);
  const own = below.filter((result) => result.service === probe.service);
  if (own.some((result) => !result.ok)) return { deadlineMs: 0, silenceMs: 0, longestMs: 10_000 };
  const runs = own.some((result) => result.level === 'container');
  return {
    deadlineMs,
    silenceMs: runs ? Math.min(silenceMs, deadlineMs) : deadlineMs,
    longestMs: undefined,
  };
}

function deadlineOf(level: Level, given: AskDeps['deadlineMs']): number {
  const chosen = typeof given === 'object' ? given[level] : undefined;
  const shared = typeof given === 'number' ? given : 60_000;
  return chosen ?? (level === 'inference' ? shared * 5 : shared);
}

function openReach(vantage: Vantage, deps: AskDeps): Reach | Evaluation {
  const host = hostOf(vantage);
  if (host === undefined) return reachFromHere(deps.dnsServer);
  const connection = deps.connections.get(host);
  if (connection !== undefined) {
    const network = deps.network ?? 'ai-stack';
    return reachFromHost(connection, deps.engines.get(host), deps.dnsServer, network);
  }
  const reason = deps.absent?.find((error) => error.where.host === host);
  return {
    verdict: 'impossible',
    observed: `host ${host} was not reached${reason === undefined ? '' : `: ${reason.what}`}`,
    fix: reason?.fix ?? `make ssh to ${host} work, then verify again`,
  };
}

function finish(probe: Probe, evaluation: Evaluation, durationMs: number, run: Run): ProbeResult {
  const ok = evaluation.verdict === 'ok';
  const waited = ['loading', 'silent'].includes(evaluation.verdict) && durationMs >= 1000;
  const { id, level, service, vantage, title, unseen } = probe;
  return run.redact({
    id,
    level,
    service,
    vantage,
    target: formatTarget(probe),
    title,
    expected: formatExpected(probe),
    observed: evaluation.observed + (waited ? ` (waited ${formatSeconds(durationMs)})` : ''),
    ok,
    durationMs: Math.round(durationMs),
    ...(ok ? {} : { fix: evaluation.fix ?? probe.fix }),
    ...(ok && unseen !== undefined ? { unseen } : {}),
  });
}

function hostOf(vantage: Vantage): string | undefined {
  return vantage === 'controller' ? undefined : vantage.slice('host:'.length);
}

function lazily<Value>(make: () => Value): () => Value {
  let made: { value: Value } | undefined;
  return () => (made ??= { value: make() }).value;
}
