import type { OpenKey } from '@ai-stack/inventory';
import { findAddress, findGpus, findModelDevice, findServer, findUpstreams } from './find-host';
import { findCertResolver, findEntrypoint, findNetwork } from './find-ingress';
import { findGroup, findLoginUrl, findSlug } from './find-login';
import { noAnswer, type Finder, type Finding, type Scene, type Unanswered } from './finding';

/** Which finder looks for which key: a pattern of `<file below the environment>:<key>`. */
const finders: [RegExp, Finder][] = [
  [/^dns\.yaml:upstreams(?:\.\d+)?$/, findUpstreams],
  [/^dns\.yaml:server$/, findServer],
  [/^ingress\.yaml:network$/, findNetwork],
  [/^ingress\.yaml:entrypoint$/, findEntrypoint],
  [/^ingress\.yaml:certResolver$/, findCertResolver],
  [/^sso\.yaml:url$/, findLoginUrl],
  [/^sso\.yaml:applications\./, findSlug],
  [/^sso\.yaml:groups\./, findGroup],
  [/^hosts\/[^/]+\.yaml:address$/, findAddress],
  [/^hosts\/[^/]+\.yaml:gpus$/, findGpus],
  [/^models\/[^/]+\.yaml:gpu\.device$/, findModelDevice],
];

/** What the surveyed hosts say about each open key: a value with its evidence, or what to look for. Pure. */
export function findAnswers(
  scene: Scene,
  open: readonly OpenKey[],
): { findings: Finding[]; unanswered: Unanswered[] } {
  const findings: Finding[] = [];
  const unanswered: Unanswered[] = [];
  for (const key of open) {
    const place = { file: key.file, key: key.key, line: key.line };
    const { value, lines } = finderOf(key)(scene, key);
    if (value === undefined) unanswered.push({ ...place, hints: lines });
    else findings.push({ ...place, value: entryOf(value, key), evidence: lines });
  }
  return { findings, unanswered };
}

/** What the hosts say otherwise than the default of a key that is left out. Pure. */
export function findOthers(
  scene: Scene,
  defaults: readonly (OpenKey & { value: unknown })[],
): Finding[] {
  return defaults.flatMap((key) => {
    const { value, lines } = finderOf(key)(scene, key);
    if (value === undefined || value === key.value) return [];
    const evidence = [...lines, `the default is ${String(key.value)}`];
    return [{ file: key.file, key: key.key, line: key.line, value, evidence }];
  });
}

/** One entry of a list takes the first value; its neighbours are edited by hand. */
function entryOf(value: unknown, { path }: OpenKey): unknown {
  return typeof path.at(-1) === 'number' && Array.isArray(value) ? (value as unknown[])[0] : value;
}

function finderOf({ file, key }: OpenKey): Finder {
  const below = file.replace(/^libs\/inventory\/environments\/[^/]+\//, '');
  const finder = finders.find(([pattern]) => pattern.test(`${below}:${key}`));
  return (
    finder?.[1] ?? (() => noAnswer('hosts do not show it; the comment in the file says what it is'))
  );
}
