import { randomUUID } from 'node:crypto';
import type { SecureContext } from 'node:tls';
import type { ClockSkew, HttpAsk, HttpExpect, HttpStep, Probe } from '@ai-stack/core';
import type { Engine } from '@ai-stack/docker';
import { askClock } from './clock/ask';
import { evaluateClock } from './clock/evaluate';
import { withDeadline } from './connect';
import { isProbeOf, type ProbeOf } from './describe-probe';
import { fillHttp, type SecretOf } from './http/fill';
import { askFollowing } from './http/follow';
import { evaluateContainer, fixOfLateAddress } from './container/evaluate';
import { evaluateDns } from './dns/evaluate';
import { evaluateHttp, type HttpAnswer } from './http/evaluate';
import { evaluateTcp } from './tcp/evaluate';
import { evaluateError, NoAnswer, type Evaluation } from './evaluation';
import type { Reach } from './reach';
import { selectPath } from './select-path';

/** What one attempt needs. */
interface Attempt {
  reach: Reach;
  /** Of the vantage's host. */
  engine: Engine | undefined;
  /** What Compose would read besides the compose.yaml of the probe's service. */
  strayFiles: readonly string[];
  /** The vantage host's clock against this machine's, with the host's name. */
  clock?: { host: string; skew: ClockSkew | undefined };
  trust: () => SecureContext;
  secretOf: SecretOf;
  /** Takes the secrets out of a text, before it is cut. */
  redact: (text: string) => string;
  /** Of what is left until the deadline. */
  longestMs: number;
}

const defaultSeconds = { http: 10, inference: 120, dns: 5, tcp: 5 };

/** Asks a probe once and evaluates the answer. Never throws. */
export async function askOnce(probe: Probe, attempt: Attempt): Promise<Evaluation> {
  try {
    return await ask(probe, attempt);
  } catch (error) {
    return evaluateError(error);
  }
}

async function ask(probe: Probe, attempt: Attempt): Promise<Evaluation> {
  const { reach, engine } = attempt;
  if (isProbeOf(probe, 'http')) {
    return (await askOneHttp(probe, probe.ask, probe.expect, attempt)).evaluation;
  }
  if (isProbeOf(probe, 'dns')) {
    const timeoutMs = limit(defaultSeconds.dns, attempt);
    const { random, name } = probe.ask;
    const ask = random === true ? { ...probe.ask, name: `${randomUUID()}.${name}` } : probe.ask;
    const answer = await withDeadline(timeoutMs, (signal) => reach.dns(ask, signal));
    return evaluateDns(answer, ask, probe.expect);
  }
  if (isProbeOf(probe, 'tcp')) {
    return evaluateTcp(
      await reach.tcp(probe.ask, limit(defaultSeconds.tcp, attempt)),
      probe.expect,
    );
  }
  if (isProbeOf(probe, 'http-sequence')) return askSequence(probe, attempt);
  if (isProbeOf(probe, 'clock')) return askClocks(probe, attempt);
  if (!isProbeOf(probe, 'container')) throw new NoAnswer('impossible', 'an unknown kind of probe');
  if (engine === undefined) {
    throw new NoAnswer('impossible', 'containers are looked at on a host whose engine answers');
  }
  const facts = await engine.inspectProject(probe.ask.project);
  const evaluated = evaluateContainer(facts, probe.ask, probe.expect);
  const fix = fixOfLateAddress(facts, probe);
  if (fix !== undefined) return { ...evaluated, fix };
  if (evaluated.verdict !== 'ok' || attempt.strayFiles.length === 0) return evaluated;
  const strays = attempt.strayFiles.join(', ');
  return { verdict: 'wrong', observed: `${evaluated.observed}; Compose would read ${strays}, too` };
}

async function askClocks(probe: ProbeOf<'clock'>, attempt: Attempt): Promise<Evaluation> {
  const { host = 'this machine', skew } = attempt.clock ?? {};
  if (skew === undefined) throw new NoAnswer('impossible', `the clock of ${host} is not known`);
  const server = await askClock(probe.ask, attempt, limit(defaultSeconds.http, attempt));
  const { host: name } = new URL(probe.ask.url);
  return evaluateClock(
    { host: { name: host, skew }, server: { name, skew: server } },
    probe.expect,
  );
}

interface Asked {
  evaluation: Evaluation;
  /** Secrets taken out. */
  answer?: HttpAnswer;
}

async function askOneHttp(
  probe: Probe,
  ask: HttpAsk,
  expect: HttpExpect,
  attempt: Attempt,
): Promise<Asked> {
  const preset = probe.level === 'inference' ? defaultSeconds.inference : defaultSeconds.http;
  const timeoutMs = limit(ask.timeoutSeconds ?? preset, attempt);
  const filled = fillHttp(ask, attempt.secretOf);
  const followed = await askFollowing(filled, attempt.reach, attempt.trust, timeoutMs);
  const answer = { ...followed, body: attempt.redact(followed.body) };
  return { evaluation: evaluateHttp(answer, expect), answer };
}

/** The first failure counts; after it only the steps that clean up are asked. */
async function askSequence(probe: ProbeOf<'http-sequence'>, attempt: Attempt): Promise<Evaluation> {
  let failed: Evaluation | undefined;
  const answers = new Map<string, HttpAnswer>();
  const { steps } = probe.ask;
  for (const step of steps) {
    const { name, ask, expect, always } = step;
    if (failed !== undefined && always !== true) continue;
    const asked = await askStep(probe, { ask, expect, urlFrom: step.urlFrom }, answers, attempt);
    const { evaluation, answer } = asked;
    if (answer !== undefined) answers.set(name, answer);
    if (evaluation.verdict !== 'ok') {
      failed ??= { ...evaluation, observed: `${name}: ${evaluation.observed}` };
    }
  }
  return failed ?? { verdict: 'ok', observed: steps.map(({ name }) => name).join(', ') };
}

async function askStep(
  probe: Probe,
  { ask, expect, urlFrom }: Pick<HttpStep, 'ask' | 'expect' | 'urlFrom'>,
  answers: ReadonlyMap<string, HttpAnswer>,
  attempt: Attempt,
): Promise<Asked> {
  try {
    const url = urlFrom === undefined ? ask.url : urlIn(answers.get(urlFrom.step), urlFrom.path);
    return await askOneHttp(probe, { ...ask, url }, expect, attempt);
  } catch (error) {
    return { evaluation: evaluateError(error) };
  }
}

/** The URL at a path of a JSON answer. A secret may go to it, so it must be on the host that gave the answer. */
function urlIn(answer: HttpAnswer | undefined, path: string): string {
  const [value] = answer === undefined ? [] : selectPath(JSON.parse(answer.body), path);
  if (answer === undefined || typeof value !== 'string' || !URL.canParse(value)) {
    throw new NoAnswer('wrong', `${path} is not a URL`);
  }
  const [there, here] = [new URL(value), new URL(answer.url)];
  if (there.origin === here.origin) return there.href;
  throw new NoAnswer('wrong', `${path} leads to ${there.origin}, not to ${here.origin}`);
}

function limit(seconds: number, { longestMs }: Attempt): number {
  return Math.min(seconds * 1000, longestMs);
}
