import { BlockList, isIPv6, SocketAddress } from 'node:net';
import { z } from 'zod';

const label = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';

/** A host's, service's, model's or environment's name: one DNS label, so it is safe wherever it is used. */
export const nameSchema = z
  .string()
  .regex(new RegExp(`^${label}$`), 'lower-case letters, digits and inner hyphens, at most 63');

/** A name that others chose, as Docker and Traefik allow it: `traefik_default`, `letsEncrypt`. */
export const foreignNameSchema = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/,
    'letters, digits, _ . and -, a letter or digit first',
  );

/** A DNS name of at least two labels, without the trailing dot. */
export const domainSchema = z
  .string()
  .max(253)
  .regex(
    new RegExp(`^(?:_?${label}\\.)+${label}$`),
    'a DNS name in lower case, such as chat.example.org',
  );

export const addressSchema = z.union([z.ipv4(), z.ipv6()], 'an IPv4 or IPv6 address');

/** Addresses that no single other machine has; IPv4 ones also as IPv6 writes them (::ffff:...). */
const impossible: readonly [what: string, ...ranges: [net: string, prefix: number][]][] = [
  ['every address of a machine', ['0.0.0.0', 8], ['::', 128]],
  ['the machine itself (loopback)', ['127.0.0.0', 8], ['::1', 128]],
  ['many machines (multicast)', ['224.0.0.0', 4], ['ff00::', 8]],
  ['all machines of a network (broadcast)', ['255.255.255.255', 32]],
  ['a machine on a network that it does not name (link-local)', ['fe80::', 10]],
  ['no machine (reserved)', ['240.0.0.0', 4]],
];
const impossibleLists = impossible.map(([what, ...ranges]) => {
  const list = new BlockList();
  for (const [net, prefix] of ranges) list.addSubnet(net, prefix, isIPv6(net) ? 'ipv6' : 'ipv4');
  return { what, list };
});

/** An address at which others reach one machine. */
export const machineAddressSchema = addressSchema.superRefine((address, context) => {
  const family = isIPv6(address) ? 'ipv6' : 'ipv4';
  const impossible = impossibleLists.find(({ list }) => list.check(address, family));
  if (impossible === undefined) return;
  context.addIssue({
    code: 'custom',
    message: `the address of one machine, as others reach it; ${address} means ${impossible.what}`,
  });
});

/** Whether an address is one of IPv6. */
export function isIPv6Address(address: string): boolean {
  return isIPv6(address);
}

/** One spelling for each address: lower case, without leading and successive zeros. */
export function canonicalAddress(address: string): string {
  return isIPv6(address) ? new SocketAddress({ family: 'ipv6', address }).address : address;
}

/** The list that has every address of a range such as 10.2.0.0/16. */
function listOf(range: string): BlockList {
  const [net = '', prefix] = range.split('/');
  const list = new BlockList();
  list.addSubnet(net, Number(prefix), isIPv6(net) ? 'ipv6' : 'ipv4');
  return list;
}

/** Whether an address is in a range such as 10.2.0.0/16; one of the other family is not. */
export function isInRange(range: string, address: string): boolean {
  if (isIPv6(range.split('/')[0] ?? '') !== isIPv6(address)) return false;
  return listOf(range).check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}

/** Whether two ranges have an address in common: then one begins inside of the other. */
export function rangesOverlap(left: string, right: string): boolean {
  const [first = '', second = ''] = [left, right].map((range) => range.split('/')[0] ?? '');
  return isInRange(left, second) || isInRange(right, first);
}

/** Whether all bits after the prefix are 0, as Docker wants it. */
function beginsRange(range: string): boolean {
  const [net = '', prefix] = range.split('/');
  const bits = net.split('.').map((number) => Number(number).toString(2).padStart(8, '0'));
  return !bits.join('').slice(Number(prefix)).includes('1');
}

const range4 = /^(?:\d{1,3}\.){3}\d{1,3}\/(?:[89]|1\d|2[0-8])$/;
const range6 = /^(?:[0-9a-f]{1,4}:){0,3}[0-9a-f]{1,4}::\/64$/;

/** A range for the containers of a host, with room for some; it begins with its first address. */
export const subnetSchema = z
  .string()
  .regex(range4, 'an IPv4 range of /8 to /28, such as 10.210.0.0/24')
  .refine(
    (range) => !range4.test(range) || (z.cidrv4().safeParse(range).success && beginsRange(range)),
    'the first address of the range: 10.210.0.0/24, not 10.210.0.1/24',
  );

/** The same of IPv6: up to four numbers, then zeros. */
export const subnet6Schema = z
  .string()
  .regex(range6, 'an IPv6 range of /64 in lower case, such as fd00:210::/64');

export const portSchema = z.int().min(1).max(65_535);

/** An absolute path that needs no quoting anywhere and cannot climb. */
export const pathSchema = z
  .string()
  .max(1000)
  .regex(
    /^(?:\/[A-Za-z0-9_][A-Za-z0-9._-]{0,254})+$/,
    'an absolute path of plain names, without . or ..',
  );

/** A path from the workspace root. */
export const relativePathSchema = z
  .string()
  .regex(/^[A-Za-z0-9._-]+(?:\/[A-Za-z0-9._-]+)*$/, 'a path from the workspace root')
  .refine((path) => !path.split('/').includes('..'), 'must stay inside the workspace');

/** A size as Docker reads it: digits and k, m or g. */
export const sizeSchema = z.string().regex(/^[1-9]\d*[kmg]$/, 'a size such as 512m or 8g');

/** A duration, such as `1h30m` or `500ms`. */
export const composeDurationSchema = z
  .string()
  .regex(/^(?:\d+h)?(?:\d+m)?(?:\d+s)?(?:\d+ms)?$/)
  .min(2);

/** Free text that is shown or handed to a program: one line, no control characters. */
export const lineSchema = z
  .string()
  .min(1)
  .max(500)

  .regex(/^[^\u0000-\u001f\u007f]*$/, 'one line without control characters');

/** Three numbers, with what distributions and builds put around them: 1.2.3, v1.2.3, main-v1.2.3-stable, 2026.8.3-rocm. */
const fullVersion = /(?:^|[-_])v?(\d+\.\d+\.\d+)(?!\d)/;
const imagePattern =
  /^(?<name>[a-z0-9]+(?:[._:/-]+[a-z0-9_]+)*):(?<tag>[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})(?:@sha256:[0-9a-f]{64})?$/;

/**
 * `name:tag` or `name:tag@sha256:digest`. A tag without a full version (latest, main-latest, v1, rocm) moves to other images,
 * and is refused unless a digest pins it.
 */
export const imageSchema = z.string().superRefine((image, context) => {
  const match = imagePattern.exec(image);
  const tag = match?.groups?.['tag'];
  if (tag === undefined) {
    context.addIssue({
      code: 'custom',
      message: 'an image as name:tag, optionally @sha256:digest',
    });
  } else if (!fullVersion.test(tag) && !image.includes('@sha256:')) {
    context.addIssue({
      code: 'custom',
      message: `the tag ${tag} floats: pin a full version or a digest`,
    });
  }
});

/** The version in an image's tag, without a leading v; undefined where it has none. */
export function versionOfImage(image: string): string | undefined {
  return fullVersion.exec(imagePattern.exec(image)?.groups?.['tag'] ?? '')?.[1];
}

const mirrorPath = /^[a-z0-9][a-z0-9.-]*(?::\d{1,5})?(?:\/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*$/;

/** Where a mirror of a registry has its images: the host, and the path of those that keep each registry under one. */
const mirrorSchema = z
  .string()
  .max(200)
  .regex(
    mirrorPath,
    'host[:port][/path] in lower case, such as harbor.example.org/dockerhub, without https://',
  );

/** One mirror for all registries, or one for each registry that has one. */
export const mirrorsSchema = z.union([
  mirrorSchema,
  z.record(
    z
      .string()
      .regex(/^[a-z0-9][a-z0-9.-]*(?::\d{1,5})?$/, 'the host of a registry, such as docker.io'),
    mirrorSchema,
  ),
]);
export type Mirrors = z.infer<typeof mirrorsSchema>;

const unitSeconds = { s: 1, m: 60, h: 3600 } as const;

/** `30s`, `10m`, `2h`: from 30 seconds to a day. */
export const durationSchema = z
  .string()
  .regex(/^[1-9]\d{0,4}[smh]$/, 'a number with its unit: 30s, 10m, 2h')
  .refine((text) => secondsOf(text) >= 30 && secondsOf(text) <= 86_400, 'from 30s to 24h');

/** The seconds of a duration such as `10m`. */
export function secondsOf(duration: string): number {
  const unit = duration.slice(-1) as keyof typeof unitSeconds;
  return Number(duration.slice(0, -1)) * unitSeconds[unit];
}
