import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import type { Verb } from '../../../stack/src/options/declaration';
import { inputsOf, libraries, packages, type Trees } from './inputs';
import type { InventoryTree } from './inventory-tree';

const base = 'libs/inventory/environments/lab';
const now: InventoryTree = new Map<string, Record<string, unknown>>([
  ['apps/dns/service.yaml', { reads: ['records'], endpoints: [] }],
  ['apps/litellm/service.yaml', { needs: [{ service: 'ollama' }], reads: ['models'] }],
  ['apps/ollama/service.yaml', { endpoints: [{ port: 1 }], probeReads: ['ingress'] }],
  [`${base}/environment.yaml`, {}],
  [`${base}/ingress.yaml`, { host: 'small' }],
  [`${base}/hosts/big.yaml`, { services: ['ollama'] }],
  [`${base}/hosts/small.yaml`, { services: ['dns', 'litellm'] }],
  [`${base}/models/chat.yaml`, { engine: 'vllm' }],
  [`${base}/models/coder.yaml`, { engine: 'ollama' }],
]);

function filesOf(verb: Verb, service: string, trees: Trees = { now, base: undefined }): string[] {
  return inputsOf(verb, service, trees)
    .filter((input) => typeof input === 'string')
    .filter((input) => input.startsWith('{workspaceRoot}/'))
    .map((input) => input.replace('{workspaceRoot}/', '').replace(`${base}/`, ''));
}

describe('inputsOf', () => {
  it('names only what an engine reads: its host, its models, the settings', () => {
    expect(filesOf('deploy', 'ollama')).toEqual([
      'environment.yaml',
      'hosts/big.yaml',
      'models/coder.yaml',
    ]);
  });

  it('adds to verify and render what only probes are made of', () => {
    expect(filesOf('verify', 'ollama')).toContain('ingress.yaml');
    expect(filesOf('render', 'ollama')).toContain('ingress.yaml');
  });

  it('adds the contracts of what is needed, all hosts, and all models where they are read', () => {
    expect(filesOf('render', 'litellm')).toEqual([
      'apps/ollama/service.yaml',
      'environment.yaml',
      'hosts/big.yaml',
      'hosts/small.yaml',
      'models/chat.yaml',
      'models/coder.yaml',
    ]);
  });

  it('narrows deploy to the files whose part for this service differs from the base', () => {
    const then = new Map(now).set(`${base}/hosts/big.yaml`, { services: ['ollama'], gpus: [] });
    const trees = { now, base: then };
    expect(filesOf('deploy', 'ollama', trees)).toEqual(['hosts/big.yaml']);
    expect(filesOf('deploy', 'litellm', trees)).toEqual([]);
    expect(filesOf('render', 'litellm', trees)).toContain('hosts/big.yaml');
  });

  it('names a file that is gone', () => {
    const then = new Map(now).set(`${base}/hosts/old.yaml`, { services: ['ollama'] });
    expect(filesOf('deploy', 'ollama', { now, base: then })).toEqual(['hosts/old.yaml']);
  });

  it('keeps the code of verify out of deploy', () => {
    const text = (verb: Verb) => JSON.stringify(inputsOf(verb, 'dns', { now, base: undefined }));
    expect(text('deploy')).not.toContain('"verify"');
    expect(text('verify')).toContain('"verify"');
  });
});

describe('the packages of each verb', () => {
  it.each(Object.keys(libraries) as Verb[])('%s: are those that its libraries import', (verb) => {
    const code = libraries[verb].flatMap((name) =>
      readdirSync(`libs/${name}/src`, { recursive: true, encoding: 'utf8' }).map(
        (file) => `libs/${name}/src/${file}`,
      ),
    );
    const imported = code
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.spec.ts'))
      .flatMap((file) => [
        ...readFileSync(file, 'utf8').matchAll(/from '((?!node:|\.|@ai-stack\/)[^']+)'/g),
      ])
      // Of `semver/functions/coerce` the package.
      .map((match) => /^(?:@[^/]+\/)?[^/]+/.exec(match[1] ?? '')?.[0] ?? '');
    expect(new Set(packages[verb])).toEqual(new Set([...packages[verb], ...imported]));
  });
});
