import { z } from 'zod';
import type { Contract } from './contract';
import type { Host } from './host';
import type { Model } from './model';
import {
  addressSchema,
  domainSchema,
  durationSchema,
  foreignNameSchema,
  lineSchema,
  nameSchema,
  portSchema,
  relativePathSchema,
  sizeSchema,
} from './scalars';

/** `environment.yaml` */
export const settingsSchema = z.strictObject({
  domain: domainSchema,
  /** Variables that an address of this environment may start with, and their values unless set from outside. */
  variables: z.record(z.string().regex(/^[A-Z][A-Z0-9_]*$/), z.string()).default({}),
  /** `NAME=value` lines with the provided secrets, from the workspace root; ignored by git. */
  secretsFile: relativePathSchema.optional(),
  /** `host[:port]` of a mirror that replaces the registry in every image name. */
  registryMirror: z
    .string()
    .regex(/^[a-z0-9][a-z0-9.-]*(?::\d+)?$/)
    .optional(),
  logging: z
    .strictObject({
      maxSize: sizeSchema.default('10m'),
      maxFiles: z.int().min(1).max(99).default(3),
    })
    .default({ maxSize: '10m', maxFiles: 3 }),
  ssh: z
    .strictObject({
      /** Leaves the connections open for the next command, until nobody has used them for so long; off without it. */
      keepOpen: durationSchema.optional(),
    })
    .optional(),
  /** The name of the stack's own Docker network on each host. */
  network: nameSchema.default('ai-stack'),
});

/** One record beside those that follow from hosts and endpoints. */
export const extraRecordSchema = z.strictObject({
  /** Relative to the zone; `@` is the apex. */
  name: z.string().regex(/^(?:@|\*|(?:[a-z0-9_*-]+\.)*[a-z0-9_-]+)$/),
  type: z.enum(['A', 'AAAA', 'CNAME', 'MX', 'TXT', 'SRV', 'CAA', 'NS']),
  value: lineSchema,
});
export type ExtraRecord = z.infer<typeof extraRecordSchema>;

/** `dns.yaml` */
export const dnsSchema = z.strictObject({
  /** The `dnsMode` of a service: it answers, on `host`; rfc2136: the same records into an existing server. */
  mode: nameSchema,
  /** The host that answers. */
  host: nameSchema,
  upstreams: z.array(addressSchema).min(1),
  ttlSeconds: z.int().min(1).max(86_400).default(300),
  /** Mail address of the zone's SOA record. */
  contact: z.email().optional(),
  extraRecords: z.array(extraRecordSchema).default([]),
});

const middlewareWords =
  'name@provider, or none, with which everybody who reaches the public names is let in without a login';

/** `ingress.yaml`: the user's own Traefik. */
export const ingressSchema = z.strictObject({
  /** The host on which Traefik runs. */
  host: nameSchema,
  /** The Docker network that Traefik shares with what it routes to. */
  network: foreignNameSchema,
  /** Traefik's own examples and most users call it so; where it has another name, no route comes to be. */
  entrypoint: foreignNameSchema.default('websecure'),
  certResolver: foreignNameSchema.nullable(),
  /** The forward-auth middleware, such as authentik@docker, or `none`, which reads as null: routers without it. An empty
   *  value is none of both: nobody takes the login away by leaving something out. */
  middleware: z
    .string({ error: middlewareWords })
    .regex(/^(?:none|[A-Za-z0-9_-]+@[a-z]+)$/, middlewareWords)
    .transform((name) => (name === 'none' ? null : name)),
  /** Who may call the API with a key instead of a login: nobody, the source ranges below, anybody. */
  apiAccess: z.enum(['off', 'lan', 'internet']).default('off'),
  lanRanges: z.array(z.union([z.cidrv4(), z.cidrv6()])).default([]),
  /** Port of https as seen by clients. */
  port: portSchema.default(443),
  /** PEM file of a private CA, from the workspace root; left out: the system's CAs. */
  caFile: relativePathSchema.optional(),
});

/** `sso.yaml`: the user's own Authentik. */
export const ssoSchema = z.strictObject({
  url: z.url({ protocol: /^https$/ }).transform((url) => url.replace(/\/+$/, '')),
  providerName: lineSchema.default('Authentik'),
  /** Slug of the application, by service, where it is not the service's name; issuer and discovery follow from it. */
  applications: z.record(nameSchema, z.string().regex(/^[A-Za-z0-9_-]+$/)).default({}),
  /** A group that Authentik does not have gives nobody access. */
  groups: z
    .strictObject({
      users: lineSchema.default('ai-users'),
      admins: lineSchema.default('ai-admins'),
    })
    .default({ users: 'ai-users', admins: 'ai-admins' }),
});

export type Settings = z.infer<typeof settingsSchema>;
export type Dns = z.infer<typeof dnsSchema>;
export type Ingress = z.infer<typeof ingressSchema>;
export type Sso = z.infer<typeof ssoSchema>;

/** A whole environment, read and checked: what every render sees. Lists are sorted by name. */
export interface Environment {
  name: string;
  settings: Settings;
  dns: Dns;
  ingress: Ingress;
  sso: Sso;
  hosts: Host[];
  models: Model[];
  /** Every service of the workspace, placed or not, sorted by name. */
  services: EnvironmentService[];
}

export interface EnvironmentService {
  contract: Contract;
  /** `apps/<service>/environments/<env>.yaml`, checked by the definition's schema. */
  options: unknown;
}
