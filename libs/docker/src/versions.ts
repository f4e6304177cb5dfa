interface Version {
  major: number;
  minor: number;
  patch: number;
}

/** The first `a.b[.c]` in a text, such as `v2.26.1-4` or `26.1.5+dfsg1`; undefined when there is none. */
export function parseVersion(text: string): Version | undefined {
  const match = /(\d+)\.(\d+)(?:\.(\d+))?/.exec(text);
  if (match === null) return undefined;
  return { major: Number(match[1]), minor: Number(match[2]), patch: Number(match[3] ?? 0) };
}

export const composeFloor = 'Compose 2.20 or newer (there is no 3 and no 4), or 5';
export const engineFloor = 'Docker Engine 24 or newer';

/** Whether Compose is older than what we use. An unknown version counts as too old. */
export function composeTooOld(text: string): boolean {
  const version = parseVersion(text);
  if (version === undefined) return true;
  return version.major < 2 || (version.major === 2 && version.minor < 20);
}

/** Whether the engine is older than 24. An unknown version counts as too old. */
export function engineTooOld(text: string): boolean {
  return (parseVersion(text)?.major ?? 0) < 24;
}

/** Whether the engine knows `start_interval` of a health check; older ones refuse the container. */
export function hasStartInterval(text: string): boolean {
  return (parseVersion(text)?.major ?? 0) >= 25;
}
