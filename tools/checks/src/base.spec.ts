import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, jest } from '@jest/globals';
import { judgeBase, type Converged, type History } from '../../stack/src/base/judge-base';
import { emptyTree, readHistory } from '../../stack/src/base/read-history';
import { NxAsker } from '../fixtures/nx-asker';
import { ThrowAway } from '@ai-stack/testing/throw-away';

// Real git, real Nx; what the hosts would say is the only thing made up. One process answers for Nx; one test
// starts the program too, as the command does, and compares.
jest.setTimeout(240_000);
const clone = new ThrowAway();
const asker = new NxAsker(clone.root);
afterAll(async () => {
  await asker.close();
  clone.remove();
});

const services = ['dns', 'litellm', 'ollama', 'open-webui', 'qdrant', 'vllm'];
let number = 0;

/** All six, standing at one commit. */
function all(commit: string): Converged[] {
  return services.map((service) => ({ service, host: 'one', commit, isInterrupted: false }));
}

/** What a deploy of the picked ones leaves behind. */
function deployed(states: Converged[], picked: ReadonlySet<string>, commit: string): Converged[] {
  return states.map((state) => (picked.has(state.service) ? { ...state, commit } : state));
}

function change(service: string): string {
  clone.write(`apps/${service}/change-${++number}.ts`, `export const change = ${number};\n`);
  return clone.commit(`change ${number} of ${service}`);
}

/** The history of the clone as the command reads it, but that Nx answers in the one process. */
async function historyOf(): Promise<History> {
  const asked = new Map<string, Promise<ReadonlySet<string>>>();
  const ask = async (base: string) =>
    new Set((await asker.affected(base, ['deploy']))['deploy'] ?? []);
  const affectedSince = (base: string) => {
    const answer = asked.get(base) ?? ask(base);
    asked.set(base, answer);
    return answer;
  };
  return { ...(await readHistory(clone.root)), affectedSince };
}

async function pickedSince(
  base: string | undefined,
  history = historyOf,
): Promise<ReadonlySet<string>> {
  const picked = await (await history()).affectedSince(base ?? emptyTree);
  return new Set([...picked].filter((name) => services.includes(name)));
}

async function baseOf(states: Converged[], history = historyOf): Promise<string | undefined> {
  return (await judgeBase(states, await history())).base;
}

describe('the base for nx affected', () => {
  it('picks the gateway alone in each of four commits to it, while five services are quiet', async () => {
    let states = all(clone.git('rev-parse', 'HEAD'));
    for (let turn = 0; turn < 4; turn++) {
      const head = change('litellm');
      const picked = await pickedSince(await baseOf(states));
      expect([...picked]).toEqual(['litellm']);
      states = deployed(states, picked, head);
    }
  });

  it('still picks what failed, after another commit', async () => {
    const start = clone.git('rev-parse', 'HEAD');
    change('litellm');
    const failed = all(start).map((state) => ({
      ...state,
      isInterrupted: state.service === 'litellm',
    }));
    change('qdrant');
    clone.edit('README.md', /$/, '\n');
    clone.commit('docs');
    const base = await baseOf(failed);
    expect(base).toBe(start);
    expect([...(await pickedSince(base))].sort()).toEqual(['litellm', 'qdrant']);
  });

  it('is the same when the command asks, which starts the program nx', async () => {
    const start = clone.git('rev-parse', 'HEAD');
    const failed = all(start).map((state) => ({
      ...state,
      isInterrupted: state.service === 'litellm',
    }));
    change('litellm');
    change('qdrant');
    const byNx = () => readHistory(clone.root);
    expect(await baseOf(failed, byNx)).toBe(start);
    expect(await baseOf(failed)).toBe(start);
    for (const base of [start, undefined]) {
      expect(await pickedSince(base)).toEqual(await pickedSince(base, byNx));
    }
    expect([...(await pickedSince(start, byNx))].sort()).toEqual(['litellm', 'qdrant']);
  });

  it('picks what failed although the commit was taken back', async () => {
    const start = clone.git('rev-parse', 'HEAD');
    const bad = change('litellm');
    clone.git('revert', '--no-edit', bad);
    const failed = all(start).map((state) => ({
      ...state,
      isInterrupted: state.service === 'litellm',
    }));
    expect(await pickedSince(await baseOf(failed))).toContain('litellm');
  });

  it('is everything at the first deploy and after a rewritten history', async () => {
    const start = clone.git('rev-parse', 'HEAD');
    const lost = change('litellm');
    clone.git('reset', '--quiet', '--hard', start);
    change('dns');
    expect(await baseOf(all(lost))).toBeUndefined();
    expect(
      await baseOf(all(start).map((state) => ({ ...state, commit: undefined }))),
    ).toBeUndefined();
    expect([...(await pickedSince(undefined))].sort()).toEqual(services);
  });

  it('is the commit before a new service, for which no host knows anything', async () => {
    const start = clone.git('rev-parse', 'HEAD');
    change('vllm');
    const states = all(start).map((state) =>
      state.service === 'vllm' ? { ...state, commit: undefined } : state,
    );
    expect(await baseOf(states)).toBe(start);
  });

  it('is everything in a shallow clone', async () => {
    const shallow = mkdtempSync(join(tmpdir(), 'shallow-'));
    const args = ['clone', '--quiet', '--depth=1', `file://${clone.root}`, shallow];
    execFileSync('git', args);
    symlinkSync(join(process.cwd(), 'node_modules'), join(shallow, 'node_modules'));
    const history = await readHistory(shallow);
    expect(await judgeBase(all(history.head), history)).toMatchObject({ base: undefined });
    rmSync(shallow, { recursive: true, force: true });
  });
});
