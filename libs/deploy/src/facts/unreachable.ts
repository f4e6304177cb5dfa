import {
  nxDeploy,
  StackError,
  StackErrors,
  type Blocked,
  type Plan,
  type Release,
} from '@ai-stack/core';
import { releaseId } from '../state-files';

/** A host that was asked and did not answer. */
export interface UnreachableHost {
  host: string;
  /** Why, in the words of whoever asked; at least one. */
  errors: readonly StackError[];
  /** ISO 8601: when this machine last reached it; undefined: never, as far as it knows. */
  lastSeen: string | undefined;
}

/** Its first reason, in one line: what OpenSSH printed stays in the error itself. */
function reasonOf({ errors }: UnreachableHost): string {
  return (errors[0]?.what ?? 'it does not answer').split('\n')[0] ?? '';
}

/** When it was last reached, and why not now: what is shown of it, and the same in JSON. */
export function absenceOf(host: UnreachableHost): { lastSeen: string | null; reason: string } {
  return { lastSeen: host.lastSeen ?? null, reason: reasonOf(host) };
}

/** The plan of a release whose host did not answer. Pure. */
export function planUnreachable(release: Release, host: UnreachableHost): Plan {
  const unreachable = absenceOf(host);
  const blocked: Blocked = {
    guard: null,
    reason: `${release.host} is unreachable: ${unreachable.reason}`,
    fix: host.errors[0]?.fix ?? `make ${release.host} reachable, then plan again`,
  };
  return { ...planUnknown(release, [blocked]), unreachable };
}

/** The plan of a release of which too little is known to say what deploy would do: no actions, and why it blocks. Pure. */
export function planUnknown(release: Release, blocked: readonly Blocked[]): Plan {
  return {
    version: 1,
    environment: release.environment,
    host: release.host,
    service: release.service,
    release: releaseId(release.contentHash),
    actions: [],
    blocked: [...blocked],
    isDrift: false,
  };
}

/** Throws why the hosts did not answer without which a command is not whole; all of them together. */
export function throwUnreachable(
  unreachable: readonly UnreachableHost[],
  further: readonly StackError[] = [],
): void {
  const errors = unreachable.flatMap((one) => one.errors);
  if (errors.length === 0) return;
  const [only] = errors;
  if (errors.length === 1 && further.length === 0 && only !== undefined) throw only;
  const names = unreachable.map(({ host }) => host).join(', ');
  const count = unreachable.length === 1 ? 'a host' : `${unreachable.length} hosts`;
  throw new StackErrors([...errors, ...further], `${count} cannot be asked: ${names}`);
}

/** Why nothing is deployed though some hosts may have answered, and how they are deployed alone. Pure. */
export function explainAllOrNothing(
  environment: string,
  releases: readonly Release[],
  placed: readonly { name: string; services: readonly string[] }[],
  unreachable: readonly UnreachableHost[],
): StackError {
  const names = unreachable.map(({ host }) => host);
  const isOff = (host: string) => names.includes(host);
  const isOwnerOff = ({ secrets }: Release) =>
    secrets.some(
      ({ source }) =>
        source.kind === 'consumed' &&
        placed.some(({ name, services }) => isOff(name) && services.includes(source.service)),
    );
  const reached = releases.filter(({ host }) => !isOff(host));
  if (reached.length === 0) return explainNothing(environment, releases, names);
  const free = reached.filter((release) => !isOwnerOff(release));
  const again = `make ${names.join(' and ')} reachable, then deploy again`;
  const command = deployCommand(environment, free, free.length === reached.length);
  const off = names.length === 1 ? 'it' : 'them';
  return new StackError('nothing was changed: a deploy leaves out only what it was told to', {
    where: { environment },
    fix: free.length === 0 ? again : `${again}; or deploy what does not need ${off}: ${command}`,
  });
}

/** Why nothing is deployed when no host of the selection answered; each host's own error says what to do there. */
function explainNothing(
  environment: string,
  releases: readonly Release[],
  names: readonly string[],
): StackError {
  const selected = [...new Set(releases.map(({ host }) => host))];
  const what =
    selected.length === 1
      ? `${selected.join('')}, the only host selected, did not answer`
      : `none of the ${selected.length} selected hosts answered`;
  return new StackError(`nothing was changed: ${what}`, {
    where: { environment },
    fix: `make ${names.join(' and ')} reachable, then deploy again`,
  });
}

function deployCommand(environment: string, releases: readonly Release[], isAll: boolean): string {
  const unique = (list: string[]) => [...new Set(list)].sort();
  const hosts = `--hosts=${unique(releases.map(({ host }) => host)).join(',')}`;
  return nxDeploy(environment, isAll ? [] : unique(releases.map(({ service }) => service)), hosts);
}
