import { describe, expect, it } from '@jest/globals';
import type { OpenHost } from '../facts/collect-all';
import { sampleRelease } from '../../fixtures/sample-release';
import { connectToService } from './connect';

/** A host whose one container has these addresses; a forwarded port is a socket of that name. */
function hostWith(addresses: Record<string, string>): Pick<OpenHost, 'connection' | 'engine'> {
  return {
    connection: { forwardTcp: async (address: string, port: number) => `${address}:${port}` },
    engine: { inspectProject: async () => [{ addresses }] },
  } as unknown as OpenHost;
}

describe('connectToService', () => {
  const ports = [
    { address: '192.0.2.1', port: 53, protocol: 'udp' as const },
    { address: '192.0.2.1', port: 9090, protocol: 'tcp' as const },
    { address: '192.0.2.1', port: 8080, protocol: 'tcp' as const },
  ];
  const release = sampleRelease({ ports });
  const host = hostWith({ traefik: '', stack: '172.18.0.3' });

  it.each([
    ['the published port', 8080, '192.0.2.1:8080'],
    ["its container's address where the port is not published", 8081, '172.18.0.3:8081'],
    ['the container where only UDP is published', 53, '172.18.0.3:53'],
  ])('leads to %s', async (_what, port, socket) => {
    expect(await connectToService(release, host, port)).toBe(socket);
  });

  it('says what to do when the container has no address', async () => {
    await expect(connectToService(release, hostWith({ stack: '' }), 1)).rejects.toThrow(
      /has no address, so nothing reaches its port 1\n {2}fix: let its container join/,
    );
  });
});
