import { z } from 'zod';
import { gpuSchema } from './host';
import { nameSchema } from './scalars';

/** A name by which API clients ask for a model. */
const publicNameSchema = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?$/, 'lower-case letters, digits, dots, hyphens');

/** A model id as its engine knows it: a name with its tag, or a repository. */
const engineIdSchema = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*(?:\/[A-Za-z0-9][A-Za-z0-9._-]*)*(?::[A-Za-z0-9._-]+)?$/)
  .max(200);

/** A word that stands before every text, such as `search_query: `; its last space counts. */
const prefixSchema = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[^\u0000-\u001f\u007f]*$/, 'one line without control characters');

/** One model, from `models/<model>.yaml`. */
export const modelSchema = z.strictObject({
  publicName: publicNameSchema,
  aliases: z.array(publicNameSchema).default([]),
  /** The service that serves it; its contract says that it is an engine. */
  engine: nameSchema,
  id: engineIdSchema,
  kind: z.enum(['chat', 'embedding']),
  /** Tokens of context that the engine is told to keep. */
  contextLength: z.int().min(256).max(2_000_000),
  /** The hosts that serve it; left out: every host where its engine is placed. */
  hosts: z.array(nameSchema).min(1).optional(),
  /** Left out: it runs on the CPU. The first GPU unless another is named; its memory is counted either way. */
  gpu: gpuSchema.extend({ device: gpuSchema.shape.device.default('0') }).optional(),
  /** The name by which its engine knows it (default: the part of `id` after the last slash). */
  servedName: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/)
    .optional(),
  /** 40 hex digits of the repository's commit. */
  revision: z
    .string()
    .regex(/^[0-9a-f]{40}$/)
    .optional(),
  /** Whether the model answers tool calls, and its engine's parser for them. */
  tools: z.boolean().default(false),
  toolCallParser: nameSchema.optional(),
  /** Embedding only: what the model was trained to see before a question and before a document. */
  prefixes: z.strictObject({ query: prefixSchema, document: prefixSchema }).optional(),
});

/** Keys of a model's file that an engine understands only where its contract lists them. */
export const modelEngineKeys = ['servedName', 'revision', 'toolCallParser'] as const;

export type Model = z.infer<typeof modelSchema> & { name: string };
