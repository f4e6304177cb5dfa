import {
  imageSchema,
  pathSchema,
  sizeSchema,
  composeDurationSchema,
  versionOfImage,
  type DefinedMount,
  type Healthcheck,
} from '@ai-stack/core';
import lt from 'semver/functions/lt';
import { z } from 'zod';

type Health = Omit<Healthcheck, 'test'>;

const imageText = 'Image with a full version, or with a digest';

/** Some programs raise their own limit to as many; an engine that gives 1,024 by default makes others fail. */
export const defaultUlimits = { nofile: 65_536 };

/** The options that render itself applies, to each container of a service. */
export const containerOptions = {
  ulimits: z
    .strictObject({
      nofile: z
        .int()
        .min(1024)
        .max(1_048_576)
        .default(defaultUlimits.nofile)
        .describe('Most open files of a process, connections among them'),
    })
    .default(defaultUlimits)
    .describe('Limits of each process of the container'),
  extraEnvironment: z
    .record(
      z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'letters, digits and _, no digit first'),
      z
        .string()
        .max(4000)
        .regex(/^[^\u0000-\u001f\u007f]*$/, 'a text of one line'),
    )
    .default({})
    .describe('Further variables of the container, such as HTTPS_PROXY; no secrets'),
};

/** The option of a service that speaks TLS to others. Spread into the definition's own strict object. */
export const caOptions = {
  caFolder: pathSchema
    .optional()
    .describe('Directory on the host with ca.pem, the certificates of a private CA (PEM)'),
};

const caTarget = '/etc/ai-stack/ca';

/** The directory of a private CA as a container mounts it. */
export function caMounts(caFolder: string | undefined): DefinedMount[] {
  return caFolder === undefined ? [] : [{ source: caFolder, target: caTarget, readOnly: true }];
}

/** By these variables OpenSSL, Go and Python's requests read it. */
export function caVariables(caFolder: string | undefined): Record<string, string> {
  if (caFolder === undefined) return {};
  return { SSL_CERT_FILE: `${caTarget}/ca.pem`, REQUESTS_CA_BUNDLE: `${caTarget}/ca.pem` };
}

/** The options that every service has: image and limits. Spread into the definition's own strict object. */
export const baseOptions = {
  image: imageSchema.describe(imageText),
  memory: sizeSchema
    .optional()
    .describe('Most memory of the container, such as 8g; left out: no limit'),
  cpus: z
    .number()
    .positive()
    .max(1024)
    .optional()
    .describe('Most processors of the container, such as 2.5; left out: no limit'),
  ...containerOptions,
};

/** Versions of a program that must not run, without a leading v, and why. */
export type RefusedVersions = { reason: string } & (
  | { versions: readonly string[] }
  | {
      /** All before this one. */
      below: string;
      /** The last part of the image's name: another one may count its versions otherwise. */
      of: string;
    }
);

/** The option `image` of a program that has had versions which must not run. */
export function imageOption(refused: readonly RefusedVersions[]) {
  return imageSchema
    .superRefine((image, context) => {
      const version = versionOfImage(image);
      if (version === undefined) return;
      for (const entry of refused) {
        if (!isRefused(entry, image, version)) continue;
        const message = `version ${version} is refused: ${entry.reason}`;
        context.addIssue({ code: 'custom', message });
      }
    })
    .describe(imageText);
}

function isRefused(entry: RefusedVersions, image: string, version: string): boolean {
  if ('versions' in entry) return entry.versions.includes(version);
  const [, name] = /([^/:]+)(?::[^/]*)?$/.exec(image.replace(/@.*$/, '')) ?? [];
  return name === entry.of && lt(version, entry.below);
}

/** The option of a service whose port is published on its host. Spread into the definition's own strict object. */
export const portOptions = {
  reachableFrom: z
    .enum(['anywhere', 'consumers'])
    .default('anywhere')
    .describe('consumers: verify wants its port closed to all but the hosts of its consumers'),
};

/** The option of a service with a public name. Spread into the definition's own strict object. */
export const publicOptions = {
  forwardAuth: z
    .boolean()
    .default(true)
    .describe('Whether the forward-auth middleware of ingress.yaml is in front of its public name'),
};

/** The option `health`: timing of the health check, with the definition's values as defaults. */
export function healthOptions(defaults: Health) {
  return z
    .strictObject({
      interval: composeDurationSchema
        .default(defaults.interval)
        .describe('Time between two checks'),
      timeout: composeDurationSchema
        .default(defaults.timeout)
        .describe('How long one check may take'),
      retries: z
        .int()
        .min(1)
        .max(100)
        .default(defaults.retries)
        .describe('Failed checks in a row after which it is unhealthy'),
      startPeriod: composeDurationSchema
        .default(defaults.startPeriod)
        .describe('Time after a start in which a failed check does not count'),
      startInterval: composeDurationSchema
        .default(defaults.startInterval)
        .describe('Time between two checks in the start period'),
    })
    .default(defaults)
    .describe('Timing of the health check');
}

/**
 * A check by bash alone, for images with neither curl nor wget: GET on the container's own port, status 200 wanted.
 */
export function bashHttpCheck(port: number, path: string): Healthcheck['test'] {
  const script = [
    `exec 3<>/dev/tcp/127.0.0.1/${port}`,
    `printf 'GET ${path} HTTP/1.0\\r\\nHost: localhost\\r\\n\\r\\n' >&3`,
    'IFS= read -r line <&3',
    "[[ $line == *' 200 '* ]]",
  ].join(' && ');
  return ['CMD', 'bash', '-c', script];
}
