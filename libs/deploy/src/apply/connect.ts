import { StackError, type Release } from '@ai-stack/core';
import type { OpenHost } from '../facts/collect-all';

/**
 * A Unix socket on this machine that leads to a TCP port of the release's service: by its published port, else by its
 * container's address, which the host itself reaches.
 */
export async function connectToService(
  release: Release,
  { connection, engine }: Pick<OpenHost, 'connection' | 'engine'>,
  port: number,
): Promise<string> {
  const published = release.ports.find((one) => one.protocol === 'tcp' && one.port === port);
  if (published !== undefined) return connection.forwardTcp(published.address, published.port);
  const [container] = await engine.inspectProject(release.project);
  const address = Object.values(container?.addresses ?? {}).find((one) => one !== '');
  if (address === undefined) {
    throw new StackError(`its container has no address, so nothing reaches its port ${port}`, {
      where: { service: release.service, host: release.host },
      fix: 'let its container join the stack network',
    });
  }
  return connection.forwardTcp(address, port);
}
