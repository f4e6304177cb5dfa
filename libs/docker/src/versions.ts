import coerce from 'semver/functions/coerce';
import gte from 'semver/functions/gte';
import lt from 'semver/functions/lt';

export const composeFloor = 'Compose 2.20 or newer (there is no 3 and no 4), or 5';
export const engineFloor = 'Docker Engine 24 or newer';

/** Whether Compose is older than what we use. An unknown version counts as too old. */
export function composeTooOld(text: string): boolean {
  return isOlder(text, '2.20.0');
}

/** Whether the engine is older than 24. An unknown version counts as too old. */
export function engineTooOld(text: string): boolean {
  return isOlder(text, '24.0.0');
}

/** Whether the engine knows `start_interval` of a health check; older ones refuse the container. */
export function hasStartInterval(text: string): boolean {
  const version = coerce(text);
  return version !== null && gte(version, '25.0.0');
}

/** Whether the engine gives a network an IPv6 range by itself, and translates its addresses (NAT) without a setting. */
export function choosesIpv6Range(text: string): boolean {
  return !isOlder(text, '27.0.0');
}

/** The first version in the text counts, without what a distribution adds: `v2.26.1-4` is 2.26.1. */
function isOlder(text: string, floor: string): boolean {
  const version = coerce(text);
  return version === null || lt(version, floor);
}
