import type { ProbeResult, Secret } from '@ai-stack/core';

const stars = '[secret]';

/** Replaces every secret, plain or encoded as a URL, JSON or base64 would, by stars. */
export function redactText(text: string, secrets: readonly Secret[]): string {
  return secrets
    .flatMap((secret) => formsOf(secret.reveal()))
    .filter((form) => form !== '')
    .sort((a, b) => b.length - a.length)
    .reduce((redacted, form) => redacted.replaceAll(form, stars), text);
}

/** A result in which no secret is left. */
export function redactResult(result: ProbeResult, secrets: readonly Secret[]): ProbeResult {
  const redact = (text: string): string => redactText(text, secrets);
  return {
    ...result,
    target: redact(result.target),
    expected: redact(result.expected),
    observed: redact(result.observed),
    ...(result.fix === undefined ? {} : { fix: redact(result.fix) }),
  };
}

function formsOf(value: string): string[] {
  return [
    ...new Set([
      value,
      encodeURIComponent(value),
      JSON.stringify(value).slice(1, -1),
      Buffer.from(value).toString('base64'),
    ]),
  ];
}
