import type { DeployOptions } from '@ai-stack/deploy';
import { isSameCode, readWho } from '../../context/author';
import { lockOptions } from '../../context/lock-options';
import type { Stack } from '../../context/stack';
import type { Context } from '../../frame/on-stack';
import { planOptions } from '../../frame/plan-options';
import { proveRelease } from '../../probes/ask-deps';
import { proveReload } from '../../probes/prove-reload';

/** What deploy and rollback have in common. */
export async function changeOptions(
  context: Context,
  verb: 'deploy' | 'rollback',
  commit: string | null,
  { allow = [], lockTimeout }: { allow?: readonly string[]; lockTimeout?: number },
): Promise<Omit<DeployOptions, 'dryRun' | 'onProgress' | 'onPlan'>> {
  const { call, stack, session } = context;
  return {
    ...(await planOptions(context, allow)),
    needs: needsOf(stack),
    who: readWho(),
    commit,
    hooks: stack.hooks,
    proveReload: proveReload(stack, session),
    isSameCode: isSameCode(call.root),
    prove: proveRelease(call, stack, session),
    lock: lockOptions(call, verb, commit, lockTimeout),
  };
}

/** Services by those that they need. */
function needsOf({ order }: Stack): Record<string, string[]> {
  return Object.fromEntries(
    order.map(({ name, needs }) => [name, needs.map(({ service }) => service)]),
  );
}
