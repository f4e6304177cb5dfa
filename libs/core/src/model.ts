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
  publicName: publicNameSchema.describe('The name by which API clients ask for it'),
  aliases: z.array(publicNameSchema).default([]).describe('Further names for it'),
  engine: nameSchema.describe('The service that serves it; its contract says that it is an engine'),
  id: engineIdSchema.describe('Name at its engine: with its tag, or a Hugging Face repository'),
  kind: z
    .enum(['chat', 'embedding'])
    .describe('chat: answers; embedding: makes vectors of documents'),
  contextLength: z
    .int()
    .min(256)
    .max(2_000_000)
    .describe('Tokens of context that the engine is told to keep'),
  hosts: z
    .array(nameSchema)
    .min(1)
    .optional()
    .describe('The hosts that serve it; left out: every host where its engine is placed'),
  gpu: gpuSchema
    .extend({
      device: gpuSchema.shape.device
        .default('0')
        .describe('Device as the NVIDIA runtime counts; left out: the first'),
    })
    .optional()
    .describe('The GPU that it uses, and how much of its memory; left out: it runs on the CPU'),
  servedName: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/)
    .optional()
    .describe(
      'The name by which its engine knows it; left out: the part of id after the last slash',
    ),
  revision: z
    .string()
    .regex(/^[0-9a-f]{40}$/)
    .optional()
    .describe('The commit of the repository, 40 hex digits'),
  tools: z.boolean().default(false).describe('Whether the model answers tool calls'),
  toolCallParser: nameSchema.optional().describe("Its engine's parser of tool calls"),
  prefixes: z
    .strictObject({
      query: prefixSchema.describe('Before a question, such as "search_query: "'),
      document: prefixSchema.describe('Before a document, such as "search_document: "'),
    })
    .optional()
    .describe('Embedding only: what the model was trained to see before a text'),
});

/** Keys of a model's file that an engine understands only where its contract lists them. */
export const modelEngineKeys = ['servedName', 'revision', 'toolCallParser'] as const;

export type Model = z.infer<typeof modelSchema> & { name: string };
