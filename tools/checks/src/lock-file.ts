/** What the check reads of an entry of package-lock.json (lockfileVersion 3). */
export interface LockEntry {
  version?: string;
  integrity?: string;
  resolved?: string;
  link?: boolean;
  optional?: boolean;
  os?: readonly string[];
  cpu?: readonly string[];
  libc?: readonly string[];
  dependencies?: Readonly<Record<string, string>>;
  optionalDependencies?: Readonly<Record<string, string>>;
}

export interface LockFile {
  /** By path: '' is the workspace itself, then `node_modules/nx` and so on. */
  packages: Readonly<Record<string, LockEntry>>;
}

/** Packages that are a native program: one optional package for each platform holds it. */
const native = [
  'nx',
  '@swc/core',
  'unrs-resolver',
  'esbuild',
  'oxlint',
  'oxlint-tsgolint',
  'oxfmt',
];

interface Platform {
  os: string;
  cpu: string;
  libc?: string;
}

/** Where a user may install: Linux with glibc and musl, macOS and Windows, each on both processors. */
const platforms: readonly Platform[] = ['x64', 'arm64'].flatMap((cpu) => [
  { os: 'linux', cpu, libc: 'glibc' },
  { os: 'linux', cpu, libc: 'musl' },
  { os: 'darwin', cpu },
  { os: 'win32', cpu },
]);

/**
 * What would make `npm ci` fail, or download from a wrong place, on some machine: an entry without version or
 * integrity, a recorded download address, a dependency without an entry, a platform that a native package lacks.
 */
export function lockFileErrors(lock: LockFile): string[] {
  const entries = Object.entries(lock.packages);
  return [
    ...entries.flatMap(([path, entry]) => (path === '' ? [] : incomplete(path, entry))),
    ...entries.flatMap(([path, entry]) => missingDependencies(lock, path, entry)),
    ...native.flatMap((name) => uncoveredPlatforms(lock, name)),
  ];
}

function incomplete(path: string, entry: LockEntry): string[] {
  return [
    ...(entry.version === undefined ? [`${path} has no version`] : []),
    ...(entry.integrity === undefined ? [`${path} has no integrity`] : []),
    ...(entry.resolved === undefined ? [] : [`${path} records a download address`]),
  ];
}

function missingDependencies(lock: LockFile, path: string, entry: LockEntry): string[] {
  const listed = { ...entry.dependencies, ...entry.optionalDependencies };
  return Object.entries(listed).flatMap(([name, wanted]) => {
    const resolved = resolve(lock, path, name);
    if (resolved === undefined)
      return [`${path || 'package.json'} needs ${name}, which has no entry`];
    const isExact = /^\d+\.\d+\.\d+$/.test(wanted);
    return !isExact || resolved.version === undefined || resolved.version === wanted
      ? []
      : [`${path || 'package.json'} needs ${name} ${wanted}, the entry is ${resolved.version}`];
  });
}

function uncoveredPlatforms(lock: LockFile, name: string): string[] {
  const path = `node_modules/${name}`;
  const entry = lock.packages[path];
  if (entry === undefined) return [`${path} has no entry`];
  const variants = Object.keys(entry.optionalDependencies ?? {}).flatMap(
    (variant) => resolve(lock, path, variant) ?? [],
  );
  return platforms
    .filter((platform) => !variants.some((variant) => covers(variant, platform)))
    .map(({ os, cpu, libc }) => {
      const words = [os, cpu, ...(libc === undefined ? [] : [libc])];
      return `${path} has no optional package for ${words.join(' ')}`;
    });
}

function covers(variant: LockEntry, { os, cpu, libc }: Platform): boolean {
  if (variant.version === undefined || variant.integrity === undefined) return false;
  const takesLibc = libc === undefined || (variant.libc?.includes(libc) ?? true);
  return (variant.os?.includes(os) ?? false) && (variant.cpu?.includes(cpu) ?? false) && takesLibc;
}

/** The entry that Node finds from there: in the package's own node_modules, then one level up, and so on. */
function resolve(lock: LockFile, from: string, name: string): LockEntry | undefined {
  const nested = lock.packages[`${from === '' ? '' : `${from}/`}node_modules/${name}`];
  if (nested !== undefined || from === '') return nested;
  const parent = from.slice(0, Math.max(0, from.lastIndexOf('/node_modules/')));
  return resolve(lock, from.includes('/node_modules/') ? parent : '', name);
}
