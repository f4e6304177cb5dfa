import { describe, expect, it, jest } from '@jest/globals';
import { execa } from 'execa';
import { nxFlags, readNxLine } from './words';

jest.setTimeout(60_000);

describe('readNxLine', () => {
  it.each<[string, string[], string[]]>([
    ['run dns:deploy', ['deploy'], []],
    ['run dns:deploy:prod --dryrun', ['deploy'], ['--dryrun']],
    ['run dns:deploy --hosts a --dry-run', ['deploy'], ['--hosts', 'a', '--dry-run']],
    ['run dns:deploy -c prod junk', ['deploy'], ['junk']],
    ['deploy dns --host=alpha', ['deploy'], ['--host=alpha']],
    ['deploy dns extra', ['deploy'], ['extra']],
    ['run dns:plan --env=prod --cwd /tmp', ['plan'], ['--env=prod', '--cwd', '/tmp']],
    ['run dns:deploy --verbose --skipNxCache --no-tui --outputStyle=static', ['deploy'], []],
    ['run-many -t deploy verify -p dns litellm --level=api', ['deploy', 'verify'], ['--level=api']],
    [
      'affected --targets=deploy,verify --base=abc --levl=api',
      ['deploy', 'verify'],
      ['--levl=api'],
    ],
    ['affected -t deploy --base abc --parallel 3', ['deploy'], []],
    ['affected -t deploy --base abc junk', ['deploy'], ['junk']],
    ['run-many junk -t deploy', ['deploy'], ['junk']],
    ['run-many -t deploy --verbose junk', ['deploy'], ['junk']],
    ['run-many -t deploy --verbose true --exclude dns lab', ['deploy'], []],
  ])('%s', (line, names, words) => {
    expect(readNxLine(line.split(' '))).toEqual({ names, words });
  });

  it.each([
    'run lab:up --args=x',
    'run-many -t deploy lint --fix',
    'show projects --affected',
    'graph',
  ])('leaves alone: %s', (line) => expect(readNxLine(line.split(' '))).toBeUndefined());
});

it.each(['run-many', 'affected'])("knows Nx's own flags of %s", async (command) => {
  const { all } = await execa('node_modules/.bin/nx', [command, '--help'], { all: true });
  const lines = all
    .split('\n')
    .filter((line) => /^\s+-/.test(line) && /\[(?:string|boolean)\]/.test(line));
  expect(lines.length).toBeGreaterThan(15);
  for (const line of lines) {
    const kind = line.includes('[boolean]') ? 'switches' : 'values';
    const head = line.trim().split(/\s{2,}/)[0] ?? '';
    for (const flag of head.split(', ')) {
      const name = flag
        .replace(/^-+/, '')
        .replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
      expect(nxFlags[kind]).toContain(name);
    }
  }
});
