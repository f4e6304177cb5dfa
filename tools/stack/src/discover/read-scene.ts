import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { environmentsDirectory } from '@ai-stack/inventory';
import { parse } from 'yaml';
import type { Scene } from './finding';

/** What the finders need of an environment that is not complete yet; broken files say nothing here. */
export function readScene(root: string, environment: string): Omit<Scene, 'hosts' | 'surveys'> {
  const directory = join(root, environmentsDirectory, environment);
  const text = (file: string, key: string) => textOf(readYaml(join(directory, file))[key]);
  const middleware = text('ingress.yaml', 'middleware');
  return {
    ingressHost: text('ingress.yaml', 'host'),
    dnsHost: text('dns.yaml', 'host'),
    middleware: middleware === 'none' ? undefined : middleware?.split('@')[0],
    models: modelFiles(join(directory, 'models')).map((file) => {
      const { engine, hosts } = readYaml(join(directory, 'models', file));
      return {
        name: file.replace(/\.yaml$/, ''),
        engine: textOf(engine) ?? '',
        ...(Array.isArray(hosts) && { hosts: hosts.map(String) }),
      };
    }),
  };
}

function modelFiles(directory: string): string[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory)
    .filter((name) => name.endsWith('.yaml'))
    .sort();
}

function readYaml(path: string): Record<string, unknown> {
  try {
    const content: unknown = parse(readFileSync(path, 'utf8'));
    return typeof content === 'object' && content !== null ? { ...content } : {};
  } catch {
    // What is broken or missing is reported when the environment is read; here it is only no evidence.
    return {};
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== 'TODO' ? value : undefined;
}
