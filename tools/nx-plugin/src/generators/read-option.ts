import { badInput, type StackError } from '@ai-stack/core';
import type { ZodType } from 'zod';

/** Reads the value of one option. */
export type ReadOption = <T>(key: string, schema: ZodType<T>, value: unknown) => T;

/**
 * A reader of a generator's options that collects what is wrong in `errors`, so that all of it is said at once. A wrong
 * value is handed back as it is: whoever reads it throws `errors` before it is used.
 */
export function openOptions(errors: StackError[]): ReadOption {
  return <T>(key: string, schema: ZodType<T>, value: unknown): T => {
    const result = schema.safeParse(value);
    if (result.success) return result.data;
    const shown = JSON.stringify(value);
    errors.push(badInput(`${shown}: ${result.error.issues[0]?.message ?? ''}`, flag(key)));
    return value as T;
  };
}

/** The place of an error: the flag that a person has to correct. */
export function flag(key: string, fix?: string) {
  return { where: { key: `--${key}` }, ...(fix !== undefined && { fix }) };
}
