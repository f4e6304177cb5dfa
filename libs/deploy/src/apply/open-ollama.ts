import { StackError, type Release } from '@ai-stack/core';
import type { OpenHost } from '../facts/collect-all';
import type { OllamaSocket } from './pull-model';

/** Where Ollama listens inside its container. */
const ollamaPort = 11434;

/** A local socket to the release's Ollama: by its published port, else by its container's address, which the host
 *  itself reaches. */
export async function openOllama(
  release: Release,
  { connection, engine }: Pick<OpenHost, 'connection' | 'engine'>,
): Promise<OllamaSocket> {
  const { host } = connection;
  const published = release.ports.find(({ protocol }) => protocol === 'tcp');
  if (published !== undefined) {
    return { host, socketPath: await connection.forwardTcp(published.address, published.port) };
  }
  const [container] = await engine.inspectProject(release.project);
  const address = Object.values(container?.addresses ?? {}).find((one) => one !== '');
  if (address === undefined) {
    throw new StackError('its container has no address, so no model can be pulled', {
      where: { service: release.service, host },
      fix: 'let its container join the stack network',
    });
  }
  return { host, socketPath: await connection.forwardTcp(address, ollamaPort) };
}
