import { z } from 'zod';
import { modelEngineKeys } from './model';
import { lineSchema, nameSchema, portSchema } from './scalars';

/** What one service exposes. Read from `apps/<service>/service.yaml`. */
export const endpointSchema = z.strictObject({
  name: nameSchema.describe('Name by which a definition finds it'),
  port: portSchema.describe('Port on which the container listens, and which is published'),
  protocol: z.enum(['http', 'grpc', 'tcp', 'dns']).describe('What is spoken there'),
  label: nameSchema
    .optional()
    .describe("DNS label under the environment's domain, such as chat; left out: not in DNS"),
  exposure: z
    .enum(['public', 'internal'])
    .describe(
      "public: routed by Traefik under its label; internal: published on its host's address",
    ),
});
export type Endpoint = z.infer<typeof endpointSchema>;

export const needSchema = z.strictObject({
  service: nameSchema.describe('Name of the other service'),
  optional: z.boolean().default(false).describe('Used where it is placed, but not required'),
});
export type Need = z.infer<typeof needSchema>;

/**
 * Parts of the inventory. dns, ingress, sso: these files. models: every model; offeredModels: what clients see of each,
 * and by whom it is served, but not how.
 * consumers: who needs this service, and where they are placed. records: all records of the zone. vantages: which
 * hosts there are to ask from.
 */
const readSchema = z.enum([
  'dns',
  'ingress',
  'sso',
  'models',
  'offeredModels',
  'consumers',
  'records',
  'vantages',
]);

/** The contract of a service: data only, the one file of it that others may read. */
export const contractSchema = z.strictObject({
  description: lineSchema.describe('What the service is, for people'),
  endpoints: z.array(endpointSchema).min(1).describe('What it exposes'),
  needs: z.array(needSchema).default([]).describe('Other services that it uses'),
  reads: z
    .array(readSchema)
    .default([])
    .describe(
      'What else of the inventory its files are rendered from; decides what nx affected selects',
    ),
  probeReads: z
    .array(readSchema)
    .default([])
    .describe('What only its probes are rendered from: a change there concerns verify, not deploy'),
  modelEngine: z
    .strictObject({
      keys: z
        .array(z.enum(modelEngineKeys))
        .default([])
        .describe('The keys of such a file that not every engine understands, and this one does'),
    })
    .optional()
    .describe('It serves models: their files may name it as engine'),
  dnsMode: nameSchema
    .optional()
    .describe("It answers for the stack's zone where mode in dns.yaml is this word"),
});
export type Contract = z.infer<typeof contractSchema> & { name: string };
