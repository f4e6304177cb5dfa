import type { ReleaseFile } from '@ai-stack/core';
import { findSerial, modulus } from './find-serial';

/** The bytes for the host, and the serial in them. */
interface SerialContent {
  content: string;
  serial: number;
  /** Whether the host's file says the same but for the serial. */
  isSame: boolean;
}

/**
 * Fills in the serial: the host's own when the rest is equal, else the host's + 1 (RFC 1982: 32 bits that wrap).
 * Without a zone on the host: the recorded one + 1, else the first of the day.
 */
export function renderSerial(
  file: Pick<ReleaseFile, 'content'> & { serialPlaceholder: string },
  onHost: string | undefined,
  recorded: number | undefined,
  today: Date,
): SerialContent {
  const fill = (serial: number): string =>
    file.content.replaceAll(file.serialPlaceholder, String(serial));
  const serialOnHost = onHost === undefined ? undefined : findSerial(file, onHost);
  if (serialOnHost !== undefined && fill(serialOnHost) === onHost) {
    return { content: onHost, serial: serialOnHost, isSame: true };
  }
  const old = serialOnHost ?? recorded;
  const serial = old === undefined ? firstSerial(today) : nextSerial(old);
  return { content: fill(serial), serial, isSame: false };
}

function nextSerial(old: number): number {
  return (old + 1) % modulus || 1;
}

/** `YYYYMMDD01`, the usual form: above any counter that a zone of ours may have had. */
function firstSerial(today: Date): number {
  return Number(`${today.toISOString().slice(0, 10).replaceAll('-', '')}01`);
}
