import { rmSync } from 'node:fs';
import { afterAll, describe, expect, it } from '@jest/globals';
import { checkAnswer } from '@ai-stack/inventory';
import { prodAnswers } from '@ai-stack/testing/prod-answers';
import { runbookWorkspace } from '@ai-stack/testing/runbook';
import { questionOf } from './questions';

const root = runbookWorkspace();
afterAll(() => rmSync(root, { recursive: true }));

const directory = 'libs/inventory/environments/prod';
const allowed = expect.stringMatching(/allowed: /);

describe('a question', () => {
  it.each<[string, string, string, unknown, unknown]>([
    ['dns.yaml', 'upstreams', '10.2.1.1, 9.9.9.9', ['10.2.1.1', '9.9.9.9'], undefined],
    ['dns.yaml', 'upstreams', 'my-router', ['my-router'], allowed],
    ['ingress.yaml', 'network', 'proxy', 'proxy', undefined],
    ['ingress.yaml', 'network', 'my proxy', 'my proxy', allowed],
    ['ingress.yaml', 'certResolver', 'None', null, undefined],
    ['ingress.yaml', 'certResolver', 'letsEncrypt', 'letsEncrypt', undefined],
    ['sso.yaml', 'url', 'https://auth.homehub.dk/', 'https://auth.homehub.dk/', undefined],
    ['sso.yaml', 'url', 'auth.homehub.dk', 'auth.homehub.dk', allowed],
    ['sso.yaml', 'groups.users', 'ai-users', 'ai-users', undefined],
    ['hosts/management.yaml', 'address', '10.2.1.131', '10.2.1.131', undefined],
    ['hosts/management.yaml', 'address', '10.2.1.300', '10.2.1.300', allowed],
    [
      'hosts/management.yaml',
      'address',
      'TODO',
      'TODO',
      expect.stringMatching(/TODO is not an answer/),
    ],
    ['hosts/management.yaml', 'gpus', 'none', [], undefined],
    ['hosts/management.yaml', 'gpus', '24', [{ device: '0', memoryGiB: 24 }], undefined],
    [
      ...(['hosts/management.yaml', 'gpus', '24GiB 12'] as const),
      [
        { device: '0', memoryGiB: 24 },
        { device: '1', memoryGiB: 12 },
      ],
      undefined,
    ],
    ['hosts/management.yaml', 'gpus', 'big', [{ device: '0', memoryGiB: NaN }], allowed],
    ['models/qwen2.5-coder.yaml', 'gpu.device', '1', '1', undefined],
    ['models/qwen2.5-coder.yaml', 'gpu.device', 'first', 'first', allowed],
  ])('of %s %s takes %j as %j', (file, key, text, value, wrong) => {
    const place = { file: `${directory}/${file}`, key };
    expect(questionOf(place).read(text)).toEqual(value);
    expect(checkAnswer(root, 'prod', { ...place, value })).toEqual(wrong);
  });

  it('has a reason and an example that is an answer, for every open key of the runbook', () => {
    for (const place of prodAnswers) {
      const { reason, example, read } = questionOf(place);
      expect(reason).not.toContain('comment');
      const value = read(example.split(', or ')[0]!);
      expect(checkAnswer(root, 'prod', { ...place, value })).toBeUndefined();
    }
  });

  it('of a key that nobody foresaw reads a value as in YAML', () => {
    const { read, reason } = questionOf({ file: `${directory}/environment.yaml`, key: 'logging' });
    expect(reason).toMatch(/comment/);
    expect([read('4'), read('[a, b]'), read('x: [')]).toEqual([4, ['a', 'b'], 'x: [']);
  });
});
