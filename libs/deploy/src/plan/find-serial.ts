import type { ReleaseFile } from '@ai-stack/core';

/** A serial has 32 bits and wraps (RFC 1982). */
export const modulus = 2 ** 32;

/** The serial in a zone file: where the placeholder's line has it, else after the names of its SOA record. */
export function findSerial(
  file: Pick<ReleaseFile, 'content'> & { serialPlaceholder: string },
  text: string,
): number | undefined {
  const line =
    file.content.split('\n').find((candidate) => candidate.includes(file.serialPlaceholder)) ?? '';
  const pattern = line.split(file.serialPlaceholder).map(escapePattern).join('(\\d{1,10})');
  const exact = line === '' ? null : new RegExp(`^${pattern}$`, 'm').exec(text);
  const soa = /\bSOA\s+\S+\s+\S+\s+(?:\(\s*)?(?:;[^\n]*\n\s*)*(\d{1,10})\b/i.exec(text);
  const serial = Number(exact?.[1] ?? soa?.[1] ?? NaN);
  return Number.isInteger(serial) && serial < modulus ? serial : undefined;
}

function escapePattern(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
