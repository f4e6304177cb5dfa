import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { execa } from 'execa';
import { placeRunbook } from '@ai-stack/testing/runbook';
import { inventoryEnvironment } from '@ai-stack/testing/inventory-environment';
import { ThrowAway } from '@ai-stack/testing/throw-away';
import { changed, containers, onHost, stack, type Ran } from '../lab';

jest.setTimeout(600_000);

// The scripts as a runner calls them: in a clone of its own, with nothing of this checkout but the authority of the
// lab's certificates, which prod has from a public one.
let clone: ThrowAway;
let home: string;
beforeAll(async () => {
  clone = new ThrowAway();
  placeRunbook(clone.root, 'runbook');
  clone.commit('an environment with open keys');
  mkdirSync(join(clone.root, '.lab/tls'), { recursive: true });
  cpSync('.lab/tls/ca.pem', join(clone.root, '.lab/tls/ca.pem'));
  home = mkdtempSync(join(tmpdir(), 'ai-stack-runner-'));
  expect(await stack(process.cwd(), 'deploy')).toMatchObject({ code: 0 });
});
afterAll(async () => {
  clone.remove();
  rmSync(home, { recursive: true, force: true });
  expect(await stack(process.cwd(), 'deploy')).toMatchObject({ code: 0 });
});

/** Runs a script with these variables and no other of this process. */
async function run(variables: Record<string, string>, ...command: string[]): Promise<Ran> {
  const [file = '', ...args] = command;
  const env = { PATH: process.env['PATH'] ?? '', HOME: home, ...variables };
  const options = { cwd: clone.root, extendEnv: false, reject: false, timeout: 600_000 } as const;
  const ran = await execa(file, args, { ...options, env, stdin: 'ignore' });
  return { code: ran.exitCode ?? -1, out: ran.stdout, err: ran.stderr };
}

/** What the secrets and variables of the repository hold. */
function runner(): Record<string, string> {
  return {
    STACK_ENV: 'lab',
    LAB_NET: readFileSync('.lab/net', 'utf8').trim(),
    SSH_PRIVATE_KEY: readFileSync('.lab/keys/id_ed25519', 'utf8'),
    SSH_KNOWN_HOSTS: readFileSync('.lab/keys/known_hosts', 'utf8'),
  };
}

const { hosts } = inventoryEnvironment('lab');
const placed = [...new Set(hosts.flatMap(({ services }) => services))].sort();
const withKey = (script: string) => run(runner(), 'tools/ci/ssh-setup.sh', script);
const options = 'apps/ollama/environments/lab.yaml';

describe('a pull request', () => {
  // A network namespace of its own has no way to any host, not even to this machine.
  const check = (...steps: string[]) =>
    run(
      { GITHUB_STEP_SUMMARY: join(home, 'summary.md') },
      ...['unshare', '--net', 'tools/ci/pull-request.sh', ...steps],
    );

  beforeAll(() => {
    clone.git('checkout', '--quiet', '-b', 'change');
  });
  afterAll(() => {
    clone.restore();
    clone.git('checkout', '--quiet', 'main');
  });

  it('is checked without key and network, and shows what would change on the hosts', async () => {
    clone.edit(options, /$/, '\nkeepAlive: 61s\n');
    clone.commit('another time to keep models');
    const ran = await check('render', 'diff');
    expect(`${ran.code} ${ran.err}`).toMatch(/^0 /);
    expect(ran.out).toMatch(/nx run ollama:render:lab/);
    expect(ran.out).not.toMatch(/nx run (?!ollama)[a-z-]+:render/);
    const summary = readFileSync(join(home, 'summary.md'), 'utf8');
    for (const text of [ran.out, summary]) {
      expect(text).toMatch(
        /^\+\+\+ head\/lab\/ollama\/management\/opt\/stacks\/ai\/ollama\/compose/m,
      );
      expect(text).toMatch(/^\+.*61s/m);
      expect(text).not.toMatch(/^\+\+\+ head\/lab\/(?!ollama)/m);
      expect(text).toMatch(/## runbook\nNot compared: .*\n.*keys are still TODO/);
    }
    expect(clone.git('worktree', 'list').split('\n')).toHaveLength(1);
    expect(clone.git('status', '--porcelain')).toBe('');
  });

  it('fails when an environment does not render any more, and says why', async () => {
    clone.edit(options, /$/, '\nnoSuchOption: 1\n');
    clone.commit('a mistake');
    const ran = await check('diff');
    expect(ran.code).toBe(1);
    expect(ran.out).toMatch(/## lab\nIt rendered at the base and does not any more/);
    expect(ran.out).toMatch(/noSuchOption/);
  });
});

describe('main', () => {
  it('deploys everything to hosts that know none of its commits, and verifies it', async () => {
    const ran = await withKey('tools/ci/main.sh');
    expect(`${ran.code} ${ran.err}`).toMatch(/^0 /);
    expect(verifiedServices()).toEqual(placed);
  });

  it('then deploys the one service that a commit changes, and shows no key', async () => {
    const before = await containers();
    rmSync(join(clone.root, 'dist'), { recursive: true });
    clone.edit(options, /$/, '\nkeepAlive: 62s\n');
    clone.commit('another time to keep models');
    const ran = await withKey('tools/ci/main.sh');
    expect(`${ran.code} ${ran.err}`).toMatch(/^0 /);
    expect(changed(before, await containers())).toEqual(['ai-ollama/ollama']);
    expect(ran.out).toMatch(/nx run ollama:deploy:lab/);
    expect(ran.out).not.toMatch(/nx run (?!ollama|stack)[a-z-]+:deploy/);
    expect(verifiedServices()).toEqual(['ollama']);
    const [, line = ''] = runner()['SSH_PRIVATE_KEY']?.split('\n') ?? [];
    expect(line.length).toBeGreaterThan(30);
    expect(`${ran.out}${ran.err}`).not.toContain(line);
  });

  it('has nothing to do when nothing changed', async () => {
    const before = await containers();
    const ran = await withKey('tools/ci/main.sh');
    expect(`${ran.code} ${ran.err}`).toMatch(/^0 /);
    expect(ran.out).not.toMatch(/nx run [a-z-]+:(?:deploy|verify)/);
    expect(changed(before, await containers())).toEqual([]);
  });

  it('reaches no host with another key', async () => {
    const key = readFileSync('.lab/keys/host_trusted', 'utf8');
    const variables = { ...runner(), SSH_PRIVATE_KEY: key };
    const ran = await run(variables, 'tools/ci/ssh-setup.sh', 'tools/ci/main.sh');
    expect(ran.code).not.toBe(0);
    expect(`${ran.out}${ran.err}`).toMatch(/Permission denied \(publickey/);
  });

  function verifiedServices(): string[] {
    const directory = join(clone.root, 'dist/verify/lab');
    return readdirSync(directory)
      .filter((name) => name.endsWith('.xml'))
      .map((name) => name.replace('.xml', ''))
      .sort();
  }
});

describe('nightly', () => {
  it('passes while the hosts are as main says', async () => {
    const ran = await withKey('tools/ci/nightly.sh');
    expect(`${ran.code} ${ran.out}`).toMatch(/^0 /);
    expect(ran.out).not.toMatch(/inference/);
  });

  it('fails when a container was stopped by hand, and names it', async () => {
    const stop = 'docker stop -t 1 $(docker ps -q --filter label=ai-stack.service=qdrant)';
    await onHost('management', 'sh', '-c', stop);
    const ran = await withKey('tools/ci/nightly.sh');
    expect(ran.code).toBe(1);
    expect(ran.out).toMatch(/container qdrant/);
    expect(ran.out).toMatch(/failed: drift verify/);
  });
});
