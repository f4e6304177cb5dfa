import type { HostForDiscovery, OpenKey } from '@ai-stack/inventory';
import type { Survey } from './survey';

/** What the hosts say about one open key. */
export interface Evidence {
  /** Undefined when they do not say it clearly. */
  value?: unknown;
  /** What was seen, or, without a value, what could be and where to look. */
  lines: string[];
}

/** An open key with a value for it. */
export interface Finding {
  file: string;
  key: string;
  line: number;
  value: unknown;
  evidence: string[];
}

/** An open key that stays open. */
export interface Unanswered {
  file: string;
  key: string;
  line: number;
  /** What to look for. */
  hints: string[];
}

/** Everything that a finder may look at. */
export interface Scene {
  hosts: HostForDiscovery[];
  /** Of the hosts that answered. */
  surveys: Survey[];
  /** Which host Traefik and DNS are said to be on; the middleware's name without its provider. */
  ingressHost?: string;
  dnsHost?: string;
  middleware?: string;
  /** The engine and hosts of each model, by file name. */
  models: { name: string; engine: string; hosts?: string[] }[];
}

/** Looks for one kind of key; pure. */
export type Finder = (scene: Scene, open: OpenKey) => Evidence;

export const noAnswer = (...lines: string[]): Evidence => ({ lines });

/** The survey of a host; undefined when it was not reached. */
export function surveyOf(scene: Scene, host: string | undefined): Survey | undefined {
  return scene.surveys.find((survey) => survey.host === host);
}

/** Hosts on which the login's user may not ask Docker: that nothing was seen there says nothing. */
export function deniedHosts({ surveys }: Pick<Scene, 'surveys'>): string[] {
  return surveys
    .filter(({ engine, containers }) => containers.length === 0 && isDenied(engine))
    .map(({ host }) => host);
}

/** What is said instead of "there is none", with what to do. */
export function mayNotAsk(hosts: readonly string[]): Evidence {
  const files = hosts.map((host) => `hosts/${host}.yaml`).join(' and ');
  return noAnswer(
    `the SSH user may not ask Docker on ${hosts.join(', ')}: set ssh: { sudo: true } in ${files}, then discover again`,
  );
}

function isDenied(engine: string): boolean {
  return /permission denied|access denied|EACCES/i.test(engine);
}

/** The one value that most entries have, with its count; undefined when there is none or a tie. */
export function mostCommon(
  values: readonly string[],
): { value: string; count: number; of: number } | undefined {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  const [first, second] = [...counts].sort((left, right) => right[1] - left[1]);
  if (first === undefined || first[1] === second?.[1]) return undefined;
  return { value: first[0], count: first[1], of: values.length };
}
