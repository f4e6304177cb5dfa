import { describe, expect, it } from '@jest/globals';
import { inputsOf, type Verb } from './inputs';
import type { Placement } from './placement';

const base = 'libs/inventory/environments/lab';
const placement: Placement = {
  environments: ['lab'],
  hosts: [
    { file: `${base}/hosts/big.yaml`, services: ['ollama', 'vllm'] },
    { file: `${base}/hosts/small.yaml`, services: ['dns', 'litellm'] },
    { file: `${base}/hosts/spare.yaml`, services: [] },
  ],
  models: [
    { file: `${base}/models/coder.yaml`, engine: 'ollama' },
    { file: `${base}/models/chat.yaml`, engine: 'vllm' },
  ],
};
const services = ['dns', 'litellm', 'ollama', 'vllm'];

function filesOf(
  service: string,
  needs: string[],
  reads: string[],
  verb: Verb = 'deploy',
): string[] {
  return inputsOf(verb, service, { needs, reads }, { placement, services })
    .filter((input) => typeof input === 'string')
    .filter((input) => input.startsWith('{workspaceRoot}/'))
    .map((input) => input.replace('{workspaceRoot}/', '').replace(`${base}/`, ''));
}

describe('inputsOf', () => {
  it('names only what an engine reads: its host, its models, the settings', () => {
    expect(filesOf('ollama', [], [])).toEqual([
      'environment.yaml',
      'hosts/big.yaml',
      'models/coder.yaml',
    ]);
  });

  it('adds the contracts and hosts of what is needed, and all models where they are read', () => {
    expect(filesOf('litellm', ['ollama', 'gone'], ['models', 'ingress'])).toEqual([
      'environment.yaml',
      'hosts/big.yaml',
      'hosts/small.yaml',
      'ingress.yaml',
      'models/chat.yaml',
      'models/coder.yaml',
      'apps/ollama/service.yaml',
    ]);
  });

  it('gives the resolver every host and every contract', () => {
    const files = filesOf('dns', [], ['hosts', 'endpoints', 'dns']);
    expect(files).toContain('hosts/spare.yaml');
    expect(files).toContain('apps/vllm/service.yaml');
  });

  it('keeps the code of verify out of deploy', () => {
    const projects = (verb: Verb) =>
      JSON.stringify(inputsOf(verb, 'dns', { needs: [], reads: [] }, { placement, services }));
    expect(projects('deploy')).not.toContain('"verify"');
    expect(projects('verify')).toContain('"verify"');
  });
});
