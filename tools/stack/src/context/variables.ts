import { badInput, throwAll } from '@ai-stack/core';
import { nearest } from '@ai-stack/inventory';
import type { Variables } from './stack';

/** The variables of the operator's own environment that we read under names of ours. */
const variableNames = ['STACK_ENV', 'STACK_SSH_CONFIG', 'STACK_TERMINAL'];

/**
 * Refuses a variable that is probably meant to be STACK_ENV or STACK_SSH_CONFIG: ignored, it would let a command act on the
 * default environment. Other programs may have variables that begin the same way; they pass.
 */
export function refuseMisspeltVariables(variables: Variables): void {
  const wrong = Object.keys(variables).flatMap((name) => {
    if (variableNames.includes(name) || (variables[name] ?? '') === '') return [];
    const begun = /^STACK_ENV/i.test(name) ? 'STACK_ENV' : undefined;
    const near = begun ?? (/^STACK/i.test(name) ? nearest(name, variableNames) : undefined);
    return near === undefined
      ? []
      : [
          badInput(`nothing reads the variable ${name}`, {
            fix: `did you mean ${near}? else unset it`,
          }),
        ];
  });
  throwAll(wrong);
}
