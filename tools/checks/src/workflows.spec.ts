import { execFileSync } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it, jest } from '@jest/globals';
import { parse } from 'yaml';
import { forgejoDirectory, githubDirectory, renderForgejo } from './workflows';

jest.setTimeout(60_000);

interface Step {
  uses?: string;
  run?: string;
  if?: string;
  with?: Record<string, unknown>;
  env?: Record<string, string>;
}
interface Job {
  'runs-on': string;
  if?: string;
  environment?: string;
  env?: Record<string, string>;
  'timeout-minutes': number;
  strategy?: { 'fail-fast': boolean; matrix: Record<string, string[]> };
  steps: Step[];
}
interface Workflow {
  on: unknown;
  permissions: unknown;
  concurrency: { group: string; 'cancel-in-progress': boolean };
  jobs: Record<string, Job>;
}

const names = ['long.yaml', 'main.yaml', 'nightly.yaml', 'pull-request.yaml'];
const directories = [githubDirectory, forgejoDirectory];
const all = directories.flatMap((directory) => names.map((name) => `${directory}/${name}`));

const text = (file: string) => readFileSync(file, 'utf8');
const read = (file: string) => parse(text(file)) as Workflow;
const jobOf = (file: string): Job => {
  const jobs = Object.values(read(file).jobs);
  expect(jobs).toHaveLength(1);
  return jobs[0]!;
};
const usesOf = (file: string, name: string) =>
  jobOf(file).steps.find(({ uses = '' }) => uses.includes(name));

describe('the workflows', () => {
  it.each(directories)('in %s are these', (directory) => {
    expect(readdirSync(directory).sort()).toEqual(names);
  });

  it.each(all)('%s reads the code and nothing else, and leaves no token', (file) => {
    expect(read(file).permissions).toEqual({ contents: 'read' });
    expect(jobOf(file).steps[0]?.uses).toMatch(/^actions\/checkout@/);
    expect(jobOf(file).steps[0]?.with).toEqual({ 'fetch-depth': 0, 'persist-credentials': false });
  });

  it.each(all)('%s uses the usual actions alone, pinned by full version', (file) => {
    const uses = jobOf(file).steps.flatMap((step) => step.uses ?? []);
    for (const action of uses) {
      // Forgejo's own copy has tags of main versions only.
      if (action === 'https://code.forgejo.org/forgejo/upload-artifact@v4') continue;
      expect(action).toMatch(
        /^actions\/(?:checkout|setup-node|upload-artifact)@v[0-9]+\.[0-9]+\.[0-9]+$/,
      );
    }
    expect(usesOf(file, 'setup-node')?.with?.['node-version']).toMatch(/^\d+\.\d+\.\d+$/);
  });

  it.each(all)('%s only calls scripts that exist, and puts no expression into a shell', (file) => {
    for (const { run } of jobOf(file).steps) {
      if (run === undefined || run === 'npm ci') continue;
      for (const script of run.split(' ')) {
        expect(script).toMatch(/^tools\/ci\/[a-z-]+\.sh$/);
        accessSync(script, constants.X_OK);
      }
    }
  });
});

describe.each(directories)('the pull request in %s', (directory) => {
  const file = `${directory}/pull-request.yaml`;

  it('runs for forks without secrets, away from the hosts', () => {
    expect(read(file).on).toBe('pull_request');
    expect(text(file)).not.toMatch(/secrets|vars\.|pull_request_target|self-hosted/);
    expect(jobOf(file)['runs-on']).toBe('ubuntu-latest');
    expect(jobOf(file)).not.toHaveProperty('environment');
  });
});

describe.each(directories)('the long run in %s', (directory) => {
  const file = `${directory}/long.yaml`;

  it('runs every part there is, each in a job of its own that ends no other', () => {
    const parts = readdirSync('tools/long').sort();
    expect(parts.length).toBeGreaterThan(1);
    expect(jobOf(file).strategy).toEqual({ 'fail-fast': false, matrix: { part: parts } });
    expect(jobOf(file).env).toEqual({ PART: '${{ matrix.part }}' });
    expect(jobOf(file).steps.at(-1)).toEqual({ run: 'tools/ci/long.sh' });
    expect(jobOf(file)['timeout-minutes']).toBeGreaterThan(40);
  });

  it('is for runners that are thrown away: no secret, and away from the hosts', () => {
    expect(text(file)).not.toMatch(/secrets|vars\.|self-hosted/);
    expect(jobOf(file)['runs-on']).toBe('ubuntu-latest');
    expect(jobOf(file)).not.toHaveProperty('environment');
  });

  it('starts each week and by hand, in a group that no deploy shares', () => {
    expect(read(file).on).toEqual({
      schedule: [{ cron: expect.stringMatching(/^\d+ \d+ \* \* \d$/) }],
      workflow_dispatch: null,
    });
    expect(read(file).concurrency.group).not.toMatch(/^stack-/);
  });
});

describe.each(directories)('main and nightly in %s', (directory) => {
  const files = ['main', 'nightly'].map((name) => `${directory}/${name}.yaml`);

  it.each(files)('%s runs inside the network, for main only, nothing cut off', (file) => {
    expect(jobOf(file)['runs-on']).toBe('self-hosted');
    expect(jobOf(file).if).toBe("github.ref == 'refs/heads/main'");
    expect(jobOf(file).environment).toBe('stack');
    expect(jobOf(file).env).toEqual({ STACK_ENV: '${{ vars.STACK_ENV }}' });
    expect(read(file).concurrency['cancel-in-progress']).toBe(false);
  });

  it.each(files)('%s hands the secrets to the step that needs them, and to no other', (file) => {
    const script = /([a-z]+)\.yaml$/.exec(file)?.[1];
    const secrets = ['SSH_PRIVATE_KEY', 'SSH_KNOWN_HOSTS'];
    const { steps } = jobOf(file);
    const given = steps.filter(({ env }) => env !== undefined);
    expect(given).toEqual([
      {
        run: `tools/ci/ssh-setup.sh tools/ci/${script}.sh`,
        env: Object.fromEntries(secrets.map((name) => [name, `\${{ secrets.${name} }}`])),
      },
    ]);
    expect(text(file).match(/secrets\./g)).toHaveLength(2);
  });

  it.each(files)('%s keeps the JUnit reports, of failed runs, too', (file) => {
    const { steps } = jobOf(file);
    expect(steps.at(-1)?.uses).toMatch(/\/upload-artifact@/);
    expect(steps.at(-1)?.if).toBe('always()');
    expect(steps.at(-1)?.with?.['path']).toBe('dist/verify/**/*.xml');
  });

  it('start when they should, in groups that do not push each other out', () => {
    const [main, nightly] = files.map(read);
    expect(main?.on).toEqual({ push: { branches: ['main'] }, workflow_dispatch: null });
    expect(nightly?.on).toMatchObject({ schedule: [{ cron: expect.any(String) }] });
    expect(main?.concurrency.group).not.toBe(nightly?.concurrency.group);
  });
});

describe('renderForgejo', () => {
  it('exchanges the action that keeps artifacts, and nothing else', () => {
    const lines = 'a: 1\n- uses: actions/upload-artifact@v4.6.2\n- uses: actions/checkout@v4.2.2\n';
    expect(renderForgejo(lines, 'x.yaml')).toBe(
      '# Generated from .github/workflows/x.yaml: change that, then run `npm run generate`.\na: 1\n' +
        '- uses: https://code.forgejo.org/forgejo/upload-artifact@v4\n- uses: actions/checkout@v4.2.2\n',
    );
  });
});

describe('ssh-setup.sh', () => {
  const script = 'tools/ci/ssh-setup.sh';
  const run = (env: Record<string, string>, ...args: string[]) =>
    execFileSync(script, args, {
      encoding: 'utf8',
      env: { PATH: process.env['PATH'] ?? '', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  const failureOf = (env: Record<string, string>, ...args: string[]) => {
    try {
      return { status: 0, stderr: run(env, ...args) };
    } catch (error) {
      const { status, stderr } = error as { status: number; stderr: string };
      return { status, stderr };
    }
  };
  // The command shows all that it can see: permissions, files, its own environment.
  const look =
    'd=$(dirname "$STACK_SSH_CONFIG"); echo "$d"; stat -c "%a %n" "$d" "$d"/*; env; cat "$d/known_hosts"; ssh-keygen -yf "$d/key"';
  const makeKey = () =>
    execFileSync(
      'sh',
      [
        '-c',
        'd=$(mktemp -d) && ssh-keygen -q -t ed25519 -N "" -C "" -f $d/k && cat $d/k && rm -r $d',
      ],
      { encoding: 'utf8' },
    );

  it('gives the command a private directory, and the environment without the key', () => {
    const key = makeKey();
    const out = run(
      { SSH_PRIVATE_KEY: key.replaceAll('\n', '\r\n').trim(), SSH_KNOWN_HOSTS: 'h ssh-ed25519 A' },
      ...['bash', '-c', look],
    );
    const directory = out.split('\n')[0]!;
    for (const entry of ['700 ', '600 /config', '600 /key', '600 /known_hosts']) {
      const [mode, name = ''] = entry.split(' ');
      expect(out).toContain(`\n${mode} ${directory}${name}\n`);
    }
    expect(out).toMatch(/^h ssh-ed25519 A$/m);
    expect(out).toMatch(/^ssh-ed25519 \S+/m);
    expect(out).not.toMatch(/SSH_PRIVATE_KEY|SSH_KNOWN_HOSTS|BEGIN OPENSSH/);
    expect(existsSync(directory)).toBe(false);
  });

  it('removes it and passes the exit code on when the command fails or is ended', () => {
    const env = { SSH_PRIVATE_KEY: makeKey(), SSH_KNOWN_HOSTS: 'h' };
    const fails = failureOf(env, 'bash', '-c', 'dirname "$STACK_SSH_CONFIG" >&2; exit 5');
    expect(fails.status).toBe(5);
    // $PPID is the script: a runner that cancels a job ends that.
    const ended = failureOf(
      env,
      ...['bash', '-c', 'dirname "$STACK_SSH_CONFIG" >&2; kill -TERM $PPID; sleep 30'],
    );
    expect(ended.status).toBe(143);
    for (const { stderr } of [fails, ended]) {
      expect(stderr.trim()).toMatch(/ai-stack-ci-/);
      expect(existsSync(stderr.trim())).toBe(false);
    }
  });

  it.each([
    [{}, /no SSH_PRIVATE_KEY SSH_KNOWN_HOSTS: add it to the secrets/],
    [{ SSH_PRIVATE_KEY: 'x' }, /no SSH_KNOWN_HOSTS/],
    [{ SSH_PRIVATE_KEY: 'not-a-key', SSH_KNOWN_HOSTS: 'h' }, /is not a private key/],
  ])('refuses %j and echoes nothing of it', (env, message) => {
    const { status, stderr } = failureOf(env, 'true');
    expect(status).toBe(2);
    expect(stderr).toMatch(message);
    expect(stderr).not.toContain('not-a-key');
  });
});
