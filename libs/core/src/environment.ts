import { z } from 'zod';
import type { Contract } from './contract';
import type { Host } from './host';
import type { Model } from './model';
import {
  machineAddressSchema,
  mirrorsSchema,
  domainSchema,
  durationSchema,
  foreignNameSchema,
  lineSchema,
  nameSchema,
  portSchema,
  relativePathSchema,
  sizeSchema,
  subnet6Schema,
  subnetSchema,
} from './scalars';

/** The stack's own Docker network. Docker decides on what is left out. */
const networkSchema = z.strictObject({
  name: nameSchema.default('ai-stack').describe('Name of the network'),
  subnet: subnetSchema
    .optional()
    .describe('IPv4 range of the containers on each host, such as 10.210.0.0/24'),
  mtu: z
    .int()
    .min(1280)
    .max(65_535)
    .optional()
    .describe('Largest packet in bytes, such as 1420 in a VPN; left out: 1500'),
  ipv6: z
    .union([z.boolean(), subnet6Schema])
    .optional()
    .describe('Whether containers have IPv6, too; or their range, such as fd00:210::/64'),
});

/** `environment.yaml` */
export const settingsSchema = z.strictObject({
  domain: domainSchema.describe('The domain below which all names of this environment are'),
  variables: z
    .record(z.string().regex(/^[A-Z][A-Z0-9_]*$/), z.string())
    .default({})
    .describe(
      'Variables with which an address may begin, and their values unless they are set from outside',
    ),
  secretsFile: relativePathSchema
    .optional()
    .describe(
      'File with NAME=value lines of the provided secrets, from the workspace root; git ignores it',
    ),
  registryMirror: mirrorsSchema
    .optional()
    .describe(
      'host[:port][/path] that replaces the registry in every image name; or a map of one for each registry, such as docker.io',
    ),
  logging: z
    .strictObject({
      maxSize: sizeSchema.default('10m').describe('Size at which a log file is closed'),
      maxFiles: z.int().min(1).max(99).default(3).describe('Log files that stay of a container'),
    })
    .default({ maxSize: '10m', maxFiles: 3 })
    .describe('What Docker keeps of the logs of each container'),
  ssh: z
    .strictObject({
      keepOpen: durationSchema
        .optional()
        .describe(
          'Leaves connections open for the next command, for so long after the last use; left out: off',
        ),
    })
    .optional()
    .describe('How all hosts are reached'),
  network: networkSchema
    .default({ name: 'ai-stack' })
    .describe("The stack's own Docker network, made on each host; an existing one is not changed"),
});

/** One record in addition to those of hosts and endpoints. */
export const extraRecordSchema = z.strictObject({
  name: z
    .string()
    .regex(/^(?:@|\*|(?:[a-z0-9_*-]+\.)*[a-z0-9_-]+)$/)
    .describe('Name relative to the zone; @ is the zone itself'),
  type: z
    .enum(['A', 'AAAA', 'CNAME', 'MX', 'TXT', 'SRV', 'CAA', 'NS'])
    .describe('Type of the record'),
  value: lineSchema.describe('Value as a zone file has it'),
});
export type ExtraRecord = z.infer<typeof extraRecordSchema>;

/** `dns.yaml` */
export const dnsSchema = z.strictObject({
  mode: nameSchema.describe(
    'The dnsMode of a service that answers; none: your own server has the records; rfc2136: we would enter them',
  ),
  host: nameSchema.optional().describe('The host that answers; not with none'),
  server: machineAddressSchema
    .optional()
    .describe(
      'With none: address of the DNS server that has the records and answers for all names',
    ),
  upstreams: z
    .array(machineAddressSchema)
    .min(1)
    .default([])
    .describe(
      'Addresses of the resolvers that answer for all other names, asked in this order; not with none',
    ),
  ttlSeconds: z
    .int()
    .min(1)
    .max(86_400)
    .default(300)
    .describe('Seconds for which others may keep an answer'),
  contact: z.email().optional().describe("Mail address of the zone's SOA record"),
  extraRecords: z
    .array(extraRecordSchema)
    .default([])
    .describe('Records besides those that follow from hosts and endpoints'),
});

const middlewareWords =
  'name@provider, or none: then everyone who reaches the public names gets in without a login';

/** `ingress.yaml`: the user's own Traefik. */
export const ingressSchema = z.strictObject({
  host: nameSchema.describe('The host on which Traefik runs'),
  network: foreignNameSchema.describe(
    'The Docker network that Traefik shares with what it routes to',
  ),
  entrypoint: foreignNameSchema
    .default('websecure')
    .describe(
      "Traefik's entrypoint for https; with another name than Traefik's own there is no route",
    ),
  certResolver: foreignNameSchema
    .nullable()
    .describe("Traefik's certificate resolver; null: Traefik has the certificates otherwise"),
  /** The forward-auth middleware, such as authentik@docker, or `none`, which reads as null: routers without it. An empty
   *  value is none of both: nobody takes the login away by leaving something out. */
  middleware: z
    .string({ error: middlewareWords })
    .regex(/^(?:none|[A-Za-z0-9_-]+@[a-z]+)$/, middlewareWords)
    .transform((name) => (name === 'none' ? null : name))
    .describe(
      'The forward-auth middleware, such as authentik@docker; none: everybody is let in without a login',
    ),
  apiAccess: z
    .enum(['off', 'lan', 'internet'])
    .default('off')
    .describe(
      'Who may call the API with a key instead of a login: nobody, the ranges below, anybody',
    ),
  lanRanges: z
    .array(z.union([z.cidrv4(), z.cidrv6()]))
    .default([])
    .describe('Source ranges that apiAccess: lan lets in'),
  port: portSchema.default(443).describe('Port of https as clients see it'),
  caFile: relativePathSchema
    .optional()
    .describe("PEM file of a private CA, from the workspace root; left out: the system's CAs"),
});

/** Whether an address is neither that of one application nor more than an address. */
function isRootUrl(text: string): boolean {
  if (!URL.canParse(text)) return true;
  const { username, password, search, hash, pathname } = new URL(text);
  return [username, password, search, hash].join('') === '' && !/\/application\/o\//.test(pathname);
}

/** `sso.yaml`: the user's own Authentik. */
export const ssoSchema = z.strictObject({
  url: z
    .url({ protocol: /^https$/ })
    .refine(isRootUrl, 'the address of the provider alone, such as https://auth.example.org')
    .transform((url) => url.replace(/\/+$/, ''))
    .describe('Public https address of Authentik'),
  providerName: lineSchema
    .default('Authentik')
    .describe('What the login button calls the provider'),
  applications: z
    .record(nameSchema, z.string().regex(/^[A-Za-z0-9_-]+$/))
    .default({})
    .describe(
      "Slug of the application at Authentik, by service, where it is not the service's name",
    ),
  groups: z
    .strictObject({
      users: lineSchema.default('ai-users').describe('Group whose members may log in'),
      admins: lineSchema.default('ai-admins').describe('Group whose members are administrators'),
    })
    .default({ users: 'ai-users', admins: 'ai-admins' })
    .describe('Groups of Authentik; one that it does not have gives nobody access'),
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
