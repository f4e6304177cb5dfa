/**
 * A command of Nx that can be pasted as it is: without the environment it would act on the default one, without `npx` there
 * is no `nx`. All texts that name a command are made with it or with `nxDeploy`; `tools/checks/src/fix-lines.spec.ts` looks
 * for others, and for commands that do not exist.
 */
export function nxRun(environment: string, target: `${string}:${string}`, more = ''): string {
  return `npx nx run ${target}:${environment}${more === '' ? '' : ` ${more}`}`;
}

/** The same for a deploy of these services together; of none it is that of all. */
export function nxDeploy(environment: string, services: readonly string[], more = ''): string {
  const [only = 'stack'] = services;
  if (services.length < 2) return nxRun(environment, `${only}:deploy`, more);
  const command = `npx nx run-many -t deploy -p ${services.join(',')} -c ${environment}`;
  return more === '' ? command : `${command} ${more}`;
}
