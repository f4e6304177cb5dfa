import { imageSchema, sizeSchema, composeDurationSchema, type Healthcheck } from '@ai-stack/core';
import { z } from 'zod';

type Health = Omit<Healthcheck, 'test'>;

/** The options that every service has: image and limits. Spread into the definition's own strict object. */
export const baseOptions = {
  image: imageSchema,
  memory: sizeSchema.optional(),
  cpus: z.number().positive().max(1024).optional(),
};

/** The option of a service whose port is published on its host. Spread into the definition's own strict object. */
export const portOptions = {
  /** Who a firewall lets through, which verify then checks: anywhere (no check), or the hosts of its consumers alone. */
  reachableFrom: z.enum(['anywhere', 'consumers']).default('anywhere'),
};

/** The option of a service with a public name. Spread into the definition's own strict object. */
export const publicOptions = {
  /** Whether the forward-auth middleware of ingress.yaml is in front of its name. */
  forwardAuth: z.boolean().default(true),
};

/** The option `health`: timing of the health check, with the definition's values as defaults. */
export function healthOptions(defaults: Health) {
  return z
    .strictObject({
      interval: composeDurationSchema.default(defaults.interval),
      timeout: composeDurationSchema.default(defaults.timeout),
      retries: z.int().min(1).max(100).default(defaults.retries),
      startPeriod: composeDurationSchema.default(defaults.startPeriod),
      startInterval: composeDurationSchema.default(defaults.startInterval),
    })
    .default(defaults);
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
