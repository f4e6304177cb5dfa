import { z } from 'zod';
import {
  addressSchema,
  domainSchema,
  durationSchema,
  lineSchema,
  nameSchema,
  pathSchema,
  portSchema,
  relativePathSchema,
} from './scalars';

/** How a host is reached; whatever is left out comes from the operator's own OpenSSH configuration. */
export const sshSchema = z.strictObject({
  user: z
    .string()
    .regex(/^[a-z_][a-z0-9_-]{0,31}$/, 'a Unix user name')
    .optional(),
  port: portSchema.optional(),
  /** Whether commands run through `sudo -n` there: for every user but root, because the stack's folders belong to root. */
  sudo: z.boolean().optional(),
  /** `user@host:port` or a Host alias, as OpenSSH's ProxyJump takes it. */
  jump: z
    .string()
    .regex(/^[A-Za-z0-9_][A-Za-z0-9._@:-]*$/, 'as ProxyJump: [user@]host[:port]')
    .optional(),
  /** Private key file and known_hosts file, from the workspace root. */
  identity: relativePathSchema.optional(),
  knownHosts: relativePathSchema.optional(),
  /** As in environment.yaml, which says it for all hosts: leaves the connection open for the next command. */
  keepOpen: durationSchema.optional(),
});
export type Ssh = z.infer<typeof sshSchema>;

export const gpuSchema = z.strictObject({
  /** The device id as the NVIDIA runtime counts, such as "0". */
  device: z.string().regex(/^(?:\d{1,2}|GPU-[0-9a-f-]{36})$/, 'a device index or GPU UUID'),
  memoryGiB: z.number().positive().max(1024),
});
export type Gpu = z.infer<typeof gpuSchema>;

/** One machine, from `hosts/<host>.yaml`. */
export const hostSchema = z.strictObject({
  description: lineSchema.optional(),
  fqdn: domainSchema,
  address: addressSchema,
  role: nameSchema,
  ssh: sshSchema.default({}),
  /** The services placed here. */
  services: z.array(nameSchema),
  gpus: z.array(gpuSchema).default([]),
  /** Where data lives: `<dataRoot>/<service>/...`. */
  dataRoot: pathSchema.default('/srv/docker'),
  /** Where the description of what runs lives: `<stackRoot>/<service>/...`. */
  stackRoot: pathSchema.default('/opt/stacks/ai'),
});
export type Host = z.infer<typeof hostSchema> & { name: string };
