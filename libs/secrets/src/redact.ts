import type { Secret } from '@ai-stack/core';

/** Shorter values would eat plain words. */
const shortest = 6;

/** A text in which no secret is left, neither plain nor in JSON, a URL or base64. */
export function redact(text: string, secrets: Iterable<Secret>): string {
  const forms = [...secrets]
    .map((secret) => secret.reveal())
    .filter((value) => value.length >= shortest)
    .flatMap((value) => [
      value,
      JSON.stringify(value).slice(1, -1),
      encodeURIComponent(value),
      Buffer.from(value).toString('base64').replace(/=+$/, ''),
    ]);
  return [...new Set(forms)]
    .sort((left, right) => right.length - left.length)
    .reduce((shown, form) => shown.replaceAll(form, '[secret]'), text);
}
