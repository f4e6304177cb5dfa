import { z } from 'zod';
import { modelEngineKeys } from './model';
import { lineSchema, nameSchema, portSchema } from './scalars';

/** What one service exposes. Read from `apps/<service>/service.yaml`. */
export const endpointSchema = z.strictObject({
  name: nameSchema,
  /** The port that the container listens on; also the published one where it is published. */
  port: portSchema,
  protocol: z.enum(['http', 'grpc', 'tcp', 'dns']),
  /** The DNS label under the environment's domain, such as `chat`; none: not in DNS. */
  label: nameSchema.optional(),
  /** public: routed by Traefik under its label; internal: published on its host's address. */
  exposure: z.enum(['public', 'internal']),
});
export type Endpoint = z.infer<typeof endpointSchema>;

export const needSchema = z.strictObject({
  service: nameSchema,
  /** Used where it is placed, but not required to be. */
  optional: z.boolean().default(false),
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
  description: lineSchema,
  endpoints: z.array(endpointSchema).min(1),
  needs: z.array(needSchema).default([]),
  /** What else of the inventory its files are rendered from; with `needs` these are its inputs for Nx. */
  reads: z.array(readSchema).default([]),
  /** What only its probes are rendered from: a change there concerns verify, not deploy. */
  probeReads: z.array(readSchema).default([]),
  /** It serves models: their files may name it as `engine`. */
  modelEngine: z
    .strictObject({
      /** The keys of such a file that not every engine understands, and this one does. */
      keys: z.array(z.enum(modelEngineKeys)).default([]),
    })
    .optional(),
  /** It answers for the stack's zone where `mode` in dns.yaml is this word. */
  dnsMode: nameSchema.optional(),
});
export type Contract = z.infer<typeof contractSchema> & { name: string };
