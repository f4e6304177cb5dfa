import type { Release } from '@ai-stack/core';
import { z } from 'zod';

/** What runs, as written after it was read back: `<stackRoot>/<service>/.stack/current.json`. */
export const manifestSchema = z.object({
  version: z.literal(1),
  /** First 12 digits of `contentHash`. */
  release: z.string(),
  contentHash: z.string(),
  environment: z.string(),
  service: z.string(),
  host: z.string(),
  project: z.string(),
  /** The git commit that was rendered; null: unknown or dirty. */
  commit: z.string().nullable(),
  who: z.string(),
  /** ISO 8601. */
  when: z.string(),
  files: z.array(
    z.object({
      path: z.string(),
      mode: z.string(),
      /** Of the content as rendered, with the serial's placeholder. */
      sha256: z.string(),
      /** Of the bytes on the host. */
      writtenSha256: z.string(),
      serial: z.int().optional(),
    }),
  ),
  directories: z.array(
    z.object({
      path: z.string(),
      mode: z.string(),
      uid: z.int(),
      gid: z.int(),
      purpose: z.enum(['data', 'config', 'cache']),
    }),
  ),
  containers: z.array(
    z.object({
      name: z.string(),
      image: z.string(),
      imageId: z.string(),
      imageDigests: z.array(z.string()),
      contentHash: z.string(),
      /** Compose's own hash, which also covers the values from `.env`; empty: unknown. */
      configHash: z.string(),
    }),
  ),
  /** Networks of ours that it joins. */
  networks: z.array(z.string()),
  /** Of the bytes of `.env`; null: there is none. */
  envSha256: z.string().nullable(),
  models: z.array(z.string()),
});
export type Manifest = z.infer<typeof manifestSchema>;

/** Journal of an apply: written before the first change, removed when the manifest is written. */
export const journalSchema = z.object({
  version: z.literal(1),
  release: z.string(),
  commit: z.string().nullable(),
  who: z.string(),
  when: z.string(),
});
export type Journal = z.infer<typeof journalSchema>;

/** The newest commit for which this service was deployed here, found equal, or found unaffected. */
export const convergedSchema = z.object({
  version: z.literal(1),
  commit: z.string().nullable(),
  release: z.string(),
  when: z.string(),
});
export type Converged = z.infer<typeof convergedSchema>;

/** Why nothing is to be changed on a host for now: `<stackRoot>/.hold.json`. */
export const holdSchema = z.object({ who: z.string(), when: z.string(), why: z.string() });
export type Hold = z.infer<typeof holdSchema>;

/** Parses a state file; undefined when it is damaged, which reads as absent. */
export function parseState<T>(schema: z.ZodType<T>, text: string): T | undefined {
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** JSON as kept on the host: one key a line, so that a shell finds the paths in it. */
export function formatState(state: Manifest | Journal | Converged): string {
  return `${JSON.stringify(state, null, 2)}\n`;
}

/** The id of a release: the name of its directory and in its plans. */
export function releaseId(contentHash: string): string {
  return contentHash.slice(0, 12);
}

/** The path of the compose.yaml of a release on the host. */
export function composePath(release: Pick<Release, 'stackDirectory'>): string {
  return `${release.stackDirectory}/compose.yaml`;
}
