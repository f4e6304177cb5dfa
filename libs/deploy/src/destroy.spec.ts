import { existsSync, readdirSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { ownFolder } from '../fixtures/own-folder';
import { emptyFacts } from '../fixtures/sample-release';
import { destroyService } from './destroy';
import type { OpenHost } from './facts/collect-all';

const { at, write, run } = ownFolder();

/** Destroys the service `one` below the test's own folder; what Compose would do is left out. */
async function destroy(data: boolean): Promise<void> {
  const script = (text: string, args: readonly string[]) => {
    if (!text.includes('docker')) expect(run(text, args).status).toBe(0);
    return Promise.resolve();
  };
  const open = {
    host: { name: 'trusted', stackRoot: at('stack'), dataRoot: at('data') },
    connection: { script },
    engine: { collectFacts: () => Promise.resolve({ images: [], containers: [], networks: [] }) },
  } as unknown as OpenHost;
  const options = { environment: 'lab', service: 'one', data, confirmedName: 'one' };
  await destroyService(open, emptyFacts(), options, undefined);
}

it('keeps .env, the data and the lock, unless the data goes, too', async () => {
  write('stack/one/compose.yaml', '');
  write('stack/one/.env', 'K=1');
  const locks = ['fence', 'lock', 'lock.json', 'work.lock'];
  for (const name of [...locks, 'current.json', '.hidden', 'releases/one/manifest.json'])
    write(`stack/one/.stack/${name}`, '1');
  write('data/one/store/x', '');
  await destroy(false);
  expect(readdirSync(at('stack/one')).sort()).toEqual(['.env', '.stack']);
  expect(readdirSync(at('stack/one/.stack')).sort()).toEqual(locks);
  expect(existsSync(at('data/one/store/x'))).toBe(true);
  await destroy(true);
  expect([existsSync(at('stack/one')), existsSync(at('data/one'))]).toEqual([false, false]);
});
