import { cpSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it, jest } from '@jest/globals';
import { execa } from 'execa';
import { ThrowAway } from '@ai-stack/testing/throw-away';

jest.setTimeout(120_000);

// docs/operating.md, "Adding an environment", step by step.
const clone = new ThrowAway();
afterAll(() => clone.remove());
const services = ['dns', 'litellm', 'ollama', 'open-webui', 'qdrant', 'vllm'];

function copy(from: string, to: string): void {
  cpSync(join(clone.root, from), join(clone.root, to), { recursive: true });
}

async function run(file: string, ...args: string[]) {
  const options = {
    cwd: clone.root,
    reject: false,
    env: { FORCE_COLOR: '0', LAB_NET: '172.30.77' },
  };
  const { exitCode, all } = await execa(file, args, { ...options, all: true });
  return { code: exitCode, text: all };
}
const nx = (...args: string[]) => run('node_modules/.bin/nx', ...args);

describe('a new environment', () => {
  it('is a directory of the inventory, with a domain of its own', async () => {
    copy('libs/inventory/environments/lab', 'libs/inventory/environments/spare-lab');
    for (const file of readdirSync(join(clone.root, 'libs/inventory/environments/spare-lab'), {
      recursive: true,
      encoding: 'utf8',
    }).filter((name) => name.endsWith('.yaml'))) {
      const path = `libs/inventory/environments/spare-lab/${file}`;
      clone.write(path, clone.read(path).replaceAll('lab.test', 'spare.test'));
    }
    const { text } = await nx('show', 'project', 'litellm', '--json');
    const project = JSON.parse(text) as {
      targets: Record<string, { configurations: object }>;
    };
    expect(Object.keys(project.targets['deploy']?.configurations ?? {})).toContain('spare-lab');
  });

  it('says of every service which options it still needs, all at once', async () => {
    const { code, text } = await nx('run', 'stack:plan:spare-lab');
    expect(code).not.toBe(0);
    for (const service of services) {
      expect(text).toMatch(new RegExp(`apps/${service}/environments/spare-lab.yaml`));
    }
    expect(text).toMatch(/image/);
  });

  it('renders once they stand', async () => {
    for (const service of services) {
      const directory = `apps/${service}/environments`;
      copy(`${directory}/lab.yaml`, `${directory}/spare-lab.yaml`);
    }
    const { code, text } = await nx('run-many', '-t', 'render', '-c', 'spare-lab');
    expect(`${code} ${text}`).toMatch(/^0 /);
    const zone = clone.read('dist/render/spare-lab/dns/trusted/srv/docker/dns/zones/db.spare.test');
    expect(zone).toMatch(/chat IN CNAME trusted\.spare\.test\./);
  });

  it.each([
    ['an unknown option', ['--domain=home.test', '--hosts=box', '--gpus=2'], /'gpus' is not found/],
    ['a missing one, without a terminal', ['--hosts=box'], /Required property 'domain' is missing/],
    ['what is wrong', ['--domain=home', '--hosts=box=x'], /--domain: "home"[^]*--hosts: "x"/],
  ])('by the generator is refused with %s, and nothing is written', async (_, args, message) => {
    clone.commit('before');
    const { code, text } = await nx('g', './tools/nx-plugin:environment', 'own', ...args);
    expect(code).not.toBe(0);
    expect(text).toMatch(message);
    expect(clone.git('status', '--porcelain')).toBe('');
  });
});
