/**
 * A command of Nx that can be pasted as it is: without the environment it would act on the default one. All texts that
 * name a command are made with it; `tools/checks/src/fix-lines.spec.ts` looks for others.
 */
export function nxRun(environment: string, target: `${string}:${string}`, more = ''): string {
  return `nx run ${target}:${environment}${more === '' ? '' : ` ${more}`}`;
}
