import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { flattenErrors, hostsOf } from '@ai-stack/core';
import { parseDocument } from 'yaml';
import { prodAnswers } from '@ai-stack/testing/prod-answers';
import { runbookWorkspace } from '@ai-stack/testing/runbook';
import {
  environmentNames,
  readContracts,
  readEnvironment,
  readHostsForDiscovery,
  readOpenKeys,
  workspaceRoot,
} from './index';

// Whatever else is there belongs to the user; what the runbook says is read from a copy of the tests' own.
const root = workspaceRoot();
const runbook = runbookWorkspace();
afterAll(() => rmSync(runbook, { recursive: true }));
const read = (name: 'lab' | 'prod', answers = prodAnswers, variables = {}) =>
  readEnvironment(name === 'lab' ? root : runbook, name, { variables, answers });

describe('the environments of this repository', () => {
  it('have the lab among them', () => {
    expect(environmentNames(root)).toContain('lab');
  });

  it('lab is complete, and lies in the network that LAB_NET says', () => {
    const addresses = (variables: Record<string, string>) => {
      const { hosts, dns } = read('lab', [], variables);
      return [...hosts.map(({ name, address }) => `${name} ${address}`), ...dns.upstreams];
    };
    expect(addresses({})).toEqual([
      'management 172.30.77.12',
      'trusted 172.30.77.11',
      '172.30.77.2',
    ]);
    expect(addresses({ LAB_NET: '172.30.5' })).toEqual([
      'management 172.30.5.12',
      'trusted 172.30.5.11',
      '172.30.5.2',
    ]);
    expect(addresses({ LAB_NET: '' })[0]).toBe('management 172.30.77.12');
  });

  it('prod lists every open key at once, with its place and the fix', () => {
    const errors = errorsOf(() => read('prod', []));
    expect(errors).toHaveLength(1);
    expect(errors[0]).toContain('environment prod: 14 keys are still TODO:');
    for (const { file, key } of prodAnswers) {
      expect(errors[0]).toMatch(new RegExp(`^ {2}${file}:\\d+:\\d+ {2}${key}$`, 'm'));
    }
    expect(errors[0]).toContain('fix: npx nx run stack:discover:prod');
    expect(readOpenKeys(runbook, 'prod').map(({ file, key }) => `${file} ${key}`)).toEqual(
      expect.arrayContaining(prodAnswers.map(({ file, key }) => `${file} ${key}`)),
    );
    expect(readOpenKeys(root, 'lab')).toEqual([]);
  });

  it('prod needs no answer to what has a safe default: 6 of its 14 keys', () => {
    const hasDefault = [
      'entrypoint',
      'applications.open-webui',
      'applications.litellm',
      'groups.users',
      'groups.admins',
      'gpu.device',
    ];
    const shorter = runbookWorkspace();
    const folder = join(shorter, 'libs/inventory/environments/prod');
    const left = prodAnswers.filter(({ key }) => !hasDefault.includes(key));
    expect(left).toHaveLength(6);
    for (const { file, key } of prodAnswers.filter((answer) => hasDefault.includes(answer.key))) {
      const document = parseDocument(readFileSync(join(shorter, file), 'utf8'));
      document.deleteIn(key.split('.'));
      writeFileSync(join(shorter, file), document.toString());
    }
    expect(
      readOpenKeys(shorter, 'prod')
        .map(({ key }) => key)
        .sort(),
    ).toEqual(left.map(({ key }) => key).sort());
    // Empty maps say the same as nothing.
    writeFileSync(join(folder, 'sso.yaml'), 'url: https://auth.homehub.dk\n');
    const environment = readEnvironment(shorter, 'prod', { variables: {}, answers: left });
    rmSync(shorter, { recursive: true });
    expect(environment.ingress.entrypoint).toBe('websecure');
    expect(environment.sso.groups).toEqual({ users: 'ai-users', admins: 'ai-admins' });
    expect(environment.models.map(({ gpu }) => gpu?.device)).toEqual(['0', '0', '0']);
  });

  it('prod lists the keys that are left when some are answered', () => {
    const errors = errorsOf(() => read('prod', prodAnswers.slice(1)));
    expect(errors[0]).toContain('1 key is still TODO:');
    expect(errors[0]).toContain('upstreams');
  });

  it('prod, with sample values, is the stack of the runbook', () => {
    const environment = read('prod');
    const { settings, dns, ingress, sso, hosts, models } = environment;
    expect(settings.domain).toBe('homehub.dk');
    expect(hosts.map(({ fqdn, address }) => [fqdn, address])).toEqual([
      ['srv-prod-1.prx-prod-2.homehub.dk', '10.2.1.131'],
      ['lxc-prod-2.prx-prod-1.homehub.dk', '10.2.1.130'],
    ]);
    const placed = readContracts(runbook).map(({ name }) => [
      name,
      hostsOf(environment, name).map((host) => host.name),
    ]);
    // Who adds a service of their own keeps the runbook's.
    expect(Object.fromEntries(placed)).toMatchObject({
      dns: ['trusted'],
      litellm: ['trusted'],
      'open-webui': ['trusted'],
      ollama: ['management'],
      qdrant: ['management'],
      vllm: ['management'],
    });
    expect(hosts.map(({ dataRoot, stackRoot }) => [dataRoot, stackRoot])).toEqual([
      ['/srv/docker', '/opt/stacks/ai'],
      ['/srv/docker', '/opt/stacks/ai'],
    ]);
    expect([dns.mode, dns.host, ingress.host]).toEqual(['coredns', 'trusted', 'trusted']);
    expect([ingress.middleware, ingress.apiAccess]).toEqual(['authentik@docker', 'off']);
    expect(sso.url).toBe('https://auth.homehub.dk');
    expect(models.map(({ publicName, engine, id }) => [publicName, engine, id])).toEqual([
      ['nomic-embed-text', 'ollama', 'nomic-embed-text:v1.5'],
      ['qwen2.5-7b-instruct', 'vllm', 'Qwen/Qwen2.5-7B-Instruct'],
      ['qwen2.5-coder', 'ollama', 'qwen2.5-coder:14b'],
    ]);
  });

  it('prod names its hosts before it is complete, so that discover can ask them', () => {
    const hosts = readHostsForDiscovery(runbook, 'prod');
    expect(hosts.map(({ name, fqdn, address, ssh }) => [name, fqdn, address, ssh])).toEqual([
      ['management', 'srv-prod-1.prx-prod-2.homehub.dk', undefined, {}],
      ['trusted', 'lxc-prod-2.prx-prod-1.homehub.dk', '10.2.1.130', { user: 'root' }],
    ]);
  });

  it('prod refuses models that do not fit on the GPUs that are found', () => {
    const small = prodAnswers.map((answer) =>
      answer.key === 'gpus' ? { ...answer, value: [{ device: '0', memoryGiB: 24 }] } : answer,
    );
    expect(errorsOf(() => read('prod', small))).toEqual([
      expect.stringContaining('GPU 0 has 24 GiB, and its models take 34 GiB'),
    ]);
  });
});

function errorsOf(call: () => unknown): string[] {
  try {
    call();
    return [];
  } catch (error) {
    return flattenErrors(error).map(({ message }) => message);
  }
}
