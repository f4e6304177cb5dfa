import { describe, expect, it } from '@jest/globals';
import { lacksAddress, lateAddressFix } from './late-address';

const driver = 'driver failed programming external connectivity on endpoint ai-dns-dns-1 (0123): ';

describe('lacksAddress', () => {
  it.each<[string, Parameters<typeof lacksAddress>[0], boolean]>([
    [
      'Docker 26',
      {
        state: 'exited',
        startError: `${driver}Error starting userland proxy: listen tcp4 10.0.0.1:53: bind: cannot assign requested address`,
      },
      true,
    ],
    [
      'Docker 28',
      {
        state: 'created',
        startError: `failed to set up container networking: ${driver}failed to bind host port 10.0.0.1:53/tcp: cannot assign requested address`,
      },
      true,
    ],
    [
      'a port that is taken',
      {
        state: 'exited',
        startError: `${driver}Error starting userland proxy: listen tcp4 10.0.0.1:53: bind: address already in use`,
      },
      false,
    ],
    ['a program that ended', { state: 'exited' }, false],
    [
      'one that runs now',
      { state: 'running', startError: 'cannot assign requested address' },
      false,
    ],
  ])('%s', (_what, fact, expected) => {
    expect(lacksAddress(fact)).toBe(expected);
  });
});

it.each([
  ['10.0.0.1', 'net.ipv4.ip_nonlocal_bind=1'],
  ['fd00::1', 'net.ipv6.ip_nonlocal_bind=1'],
])('the fix for %s sets %s', (address, setting) => {
  expect(lateAddressFix('trusted', address)).toContain(`on trusted: echo ${setting} >>`);
});
