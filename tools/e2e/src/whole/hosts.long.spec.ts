import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { VerifyReport } from '@ai-stack/core';
import { askGateway } from '../gateway';
import { waitFor } from '../isolated';
import {
  changed,
  containers,
  lab,
  labOf,
  nx,
  onHost,
  pendingActions,
  plansOf,
  stack,
  Workspace,
} from '../lab';

jest.setTimeout(900_000);

const inventory = 'libs/inventory/environments/lab';
const spare = (services: string) => `description: A third host
fqdn: spare.lab.test
address: \${LAB_NET}.13
role: spare
ssh:
  user: root
  identity: .lab/keys/id_ed25519
  knownHosts: .lab/keys/known_hosts
services: [${services}]
`;

// The inventory of a workspace of its own gets a third host, on the lab of this checkout.
let workspace: Workspace;
beforeAll(() => {
  workspace = new Workspace();
});
afterAll(async () => {
  workspace.remove();
  // Says so itself when there is nothing to take away.
  await lab('remove', 'spare');
  expect(await stack(process.cwd(), 'deploy')).toMatchObject({ code: 0 });
});

describe('a change of the model list', () => {
  it('is undone by rollbacks to the releases before', async () => {
    expect(await workspace.stack('deploy')).toMatchObject({ code: 0 });
    workspace.write(
      `${inventory}/models/extra.yaml`,
      'publicName: extra\nengine: ollama\nid: extra:1b\nkind: chat\ncontextLength: 131072\n',
    );
    expect(await workspace.stack('deploy')).toMatchObject({ code: 0 });
    const before = await containers();
    const ran = await workspace.stack('rollback', 'litellm', 'open-webui', 'ollama');
    expect(`${ran.code} ${ran.err}`).toMatch(/^0 /);
    workspace.restore();
    expect(pendingActions(await plansOf(workspace))).toEqual([]);
    const replaced = ['ai-litellm/litellm', 'ai-open-webui/open-webui'];
    expect(changed(before, await containers())).toEqual(replaced);
  });
});

describe('a third host', () => {
  it('joins the lab with its file, while the others run on', async () => {
    const uptime = () => onHost('management', 'cat', '/proc/1/stat');
    const started = (text: string) => text.split(' ')[21];
    const before = started(await uptime());
    workspace.write(`${inventory}/hosts/spare.yaml`, spare('ollama'));
    const ran = await labOf(workspace.root, 'up');
    expect(`${ran.code} ${ran.err}`).toMatch(/^0 /);
    expect(started(await uptime())).toBe(before);
  });

  it('gives the gateway a second deployment of each model of Ollama, and both answer', async () => {
    const deployed = await workspace.stack('deploy');
    expect(`${deployed.code} ${deployed.err}`).toMatch(/^0 /);
    const verified = await workspace.stack('verify', '--json');
    const probes = (JSON.parse(verified.out) as VerifyReport[]).flatMap((report) => report.probes);
    expect(probes.filter(({ ok }) => !ok)).toEqual([]);
    const ids = probes.map(({ id }) => id);
    for (const host of ['management', 'spare']) {
      expect(ids).toContain(`litellm/completion-qwen2.5-coder@${host}@trusted`);
      expect(ids).toContain(`litellm/embedding-nomic-embed-text@${host}@trusted`);
      expect(ids).toContain(`dns/ollama-${host}.lab.test-a@${host}`);
    }
    expect(verified.code).toBe(0);
  });

  it('may be down: the gateway falls back to the other one, every time', async () => {
    const embed = (model: string) => askGateway('/v1/embeddings', { model, input: 'a text' });
    const messages = [{ role: 'user', content: 'Say yes.' }];
    const chat = { model: 'qwen2.5-coder', messages, max_tokens: 1 };
    await onSpare('docker', 'stop', '-t', '1', 'ai-ollama-ollama-1');
    // The retries alone would fail one in eight.
    const asked = [...Array<string>(40).fill('nomic-embed-text')].map(embed);
    const asks = [...asked, askGateway('/v1/chat/completions', chat)];
    const statuses = (await Promise.all(asks)).map(({ status }) => status);
    const own = await embed('nomic-embed-text@spare');
    await onSpare('docker', 'start', 'ai-ollama-ollama-1');
    expect(statuses).toEqual(asks.map(() => 200));
    expect(own.status).toBe(500);
    const back = () => embed('nomic-embed-text@spare');
    expect(await waitFor(back, ({ status }) => status === 200, 30)).toMatchObject({ status: 200 });
  });

  it('is a host as every other: nothing is left to do', async () => {
    const ran = await nx(workspace.root, 'run', 'stack:plan', '--expect-no-changes');
    expect(`${ran.code} ${ran.out}`).toMatch(/^0 /);
  });

  it('leaves when its services have left it, and its data stays until it is gone', async () => {
    workspace.write(`${inventory}/hosts/spare.yaml`, spare(''));
    const left = await workspace.stack('deploy');
    expect(`${left.code} ${left.err}`).toMatch(/^0 /);
    expect(await onSpare('docker', 'ps', '-aq')).toBe('');
    expect(await onSpare('ls', '/srv/docker')).toContain('ollama');
    const early = await labOf(workspace.root, 'remove', 'spare');
    expect(`${early.code} ${early.err}`).toMatch(/^1 .*still in the inventory/);
    rmSync(join(workspace.root, `${inventory}/hosts/spare.yaml`));
    expect(await workspace.stack('deploy')).toMatchObject({ code: 0 });
    expect(await labOf(workspace.root, 'remove', 'spare')).toMatchObject({ code: 0 });
    expect((await lab('status')).out).not.toMatch(/spare/);
    expect(await workspace.stack('verify', 'litellm', 'dns')).toMatchObject({ code: 0 });
  });
});

async function onSpare(...command: string[]): Promise<string> {
  const ran = await labOf(workspace.root, 'exec', 'spare', ...command);
  expect(`${ran.code} ${ran.err}`).toMatch(/^0 /);
  return ran.out;
}
