import type { Release } from '@ai-stack/core';
import { parse } from 'yaml';
import { composePath } from '../state-files';

/** The variables of `.env` that each container's part of compose.yaml names. */
export function environmentKeysByContainer(release: Release): Record<string, string[]> {
  const services = composeServices(release);
  return Object.fromEntries(
    release.containers.map(({ name }) => [name, keysIn(JSON.stringify(services[name] ?? ''))]),
  );
}

/** The services of a release's compose.yaml, by name. */
export function composeServices(release: Release): Record<string, unknown> {
  const compose = release.files.find((file) => file.path === composePath(release));
  const parsed: unknown = compose === undefined ? undefined : parse(compose.content);
  return isRecord(parsed) && isRecord(parsed['services']) ? parsed['services'] : {};
}

/** `$$` is a plain dollar sign in a compose file. */
function keysIn(text: string): string[] {
  const references = text.replaceAll('$$', '').matchAll(/\$\{?([A-Za-z_][A-Za-z0-9_]*)/g);
  return [...new Set([...references].map((match) => match[1] ?? ''))].sort();
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
