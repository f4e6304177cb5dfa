import { z } from 'zod';
import {
  machineAddressSchema,
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
    .optional()
    .describe('User to log in as'),
  port: portSchema.optional().describe('Port of sshd'),
  sudo: z
    .boolean()
    .optional()
    .describe('Whether commands run through sudo -n there; for every user but root'),
  jump: z
    .string()
    .regex(/^[A-Za-z0-9_][A-Za-z0-9._@:-]*$/, 'as ProxyJump: [user@]host[:port]')
    .optional()
    .describe("Jump host as OpenSSH's ProxyJump takes it: [user@]host[:port], or a Host alias"),
  identity: relativePathSchema.optional().describe('Private key file, from the workspace root'),
  knownHosts: relativePathSchema.optional().describe('known_hosts file, from the workspace root'),
  keepOpen: durationSchema
    .optional()
    .describe(
      'As in environment.yaml, for this host: leaves the connection open for the next command',
    ),
});
export type Ssh = z.infer<typeof sshSchema>;

export const gpuSchema = z.strictObject({
  device: z
    .string()
    .regex(/^(?:\d{1,2}|GPU-[0-9a-f-]{36})$/, 'a device index or GPU UUID')
    .describe('Device as the NVIDIA runtime counts, such as "0", or the UUID of the GPU'),
  memoryGiB: z.number().positive().max(1024).describe('Memory in GiB'),
});
export type Gpu = z.infer<typeof gpuSchema>;

/** One machine, from `hosts/<host>.yaml`. */
export const hostSchema = z.strictObject({
  description: lineSchema.optional().describe('What this machine is, for people'),
  fqdn: domainSchema.describe('Full name of the host'),
  address: machineAddressSchema.describe('Address at which others reach it'),
  role: nameSchema.describe('Role of the host, such as trusted or management'),
  ssh: sshSchema
    .default({})
    .describe('How it is reached; what is left out, your own OpenSSH configuration says'),
  services: z.array(nameSchema).describe('The services that are placed here'),
  gpus: z.array(gpuSchema).default([]).describe('Its NVIDIA GPUs; left out: none'),
  dataRoot: pathSchema
    .default('/srv/docker')
    .describe('Directory of all data: <dataRoot>/<service>/...'),
  stackRoot: pathSchema
    .default('/opt/stacks/ai')
    .describe('Directory with the description of what runs: <stackRoot>/<service>/...'),
});
export type Host = z.infer<typeof hostSchema> & { name: string };
