import { badInput, nxDeploy, nxRun } from '@ai-stack/core';
import type { Call } from '../../context/call';
import type { FlagsOf } from '../../options/flags';

/** A command that takes something away is not for all services at once. */
export function refuseUnnamed(
  { services, environment }: Call,
  command: 'destroy' | 'rollback',
): void {
  if (services.length > 0) return;
  throw badInput(`${command} wants the services by name`, {
    fix: nxRun(environment, `<service>:${command}`),
  });
}

/** Of several at once nobody wants each container anew; which one is broken has to be said. */
export function refuseManyReplaced(
  { services, environment }: Call,
  { replace }: FlagsOf<'deploy'>,
): void {
  if (replace !== true || services.length === 1) return;
  const named = services.length === 0 ? 'none is named' : `${services.length} are named`;
  throw badInput(`--replace takes exactly one service, and ${named}`, {
    where: { environment },
    fix: nxRun(environment, `${services[0] ?? '<service>'}:deploy`, '--replace'),
  });
}

/** What to run after an interrupted deploy: the same. Pure. */
export function deployAgain(
  { environment, services, hosts }: Pick<Call, 'environment' | 'services' | 'hosts'>,
  { allow, replace }: FlagsOf<'deploy'> = {},
): string {
  const words = [...namesWord('hosts', hosts), ...namesWord('allow', allow)];
  return nxDeploy(environment, services, [...words, ...(replace ? ['--replace'] : [])].join(' '));
}

/** What to run after an interrupted rollback: the same. Pure. */
export function rollbackAgain(
  { environment, services, hosts }: Pick<Call, 'environment' | 'services' | 'hosts'>,
  { allow, to }: FlagsOf<'rollback'> = {},
): string {
  const words = [
    ...(to === undefined ? [] : [`--to=${to}`]),
    ...namesWord('hosts', hosts),
    ...namesWord('allow', allow),
  ].join(' ');
  return services.map((name) => nxRun(environment, `${name}:rollback`, words)).join(' && ');
}

function namesWord(option: 'hosts' | 'allow', names: readonly string[] = []): string[] {
  return names.length === 0 ? [] : [`--${option}=${names.join(',')}`];
}
