import type { ProbeResult, Secret } from '@ai-stack/core';
import { redact } from '@ai-stack/secrets';

/** A result in which no secret is left. */
export function redactResult(result: ProbeResult, secrets: readonly Secret[]): ProbeResult {
  const hide = (text: string): string => redact(text, secrets);
  return {
    ...result,
    target: hide(result.target),
    expected: hide(result.expected),
    observed: hide(result.observed),
    ...(result.fix === undefined ? {} : { fix: hide(result.fix) }),
  };
}
