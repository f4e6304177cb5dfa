import { describe, expect, it } from '@jest/globals';
import { composeProgram } from './compose-program';
import { composeConfig, composeLogs, composeScale, composeStop, composeUp } from './compose';

const place = { project: 'ai-litellm', directory: '/opt/stacks/ai/litellm', keys: ['KEY'] };
const start =
  `${composeProgram(['KEY']).join(' ')} --ansi never --project-name ai-litellm --project-directory /opt/stacks/ai/litellm ` +
  '-f /opt/stacks/ai/litellm/compose.yaml --env-file /opt/stacks/ai/litellm/.env';
const upOptions = 'up -d --remove-orphans --pull never --no-build --quiet-pull';

describe('compose commands', () => {
  it.each([
    [composeUp(place), `${start} ${upOptions}`],
    [
      composeUp(place, ['litellm'], { forceRecreate: true }),
      `${start} ${upOptions} --force-recreate litellm`,
    ],
    [
      composeScale(place, { litellm: 2 }),
      `${start} up -d --no-recreate --no-deps --pull never --no-build --quiet-pull --scale litellm=2 litellm`,
    ],
    [composeStop(place), `${start} stop`],
    [
      composeLogs(place, { lines: 5, follow: true }),
      `${composeProgram().join(' ')} --ansi never --project-name ai-litellm --project-directory /opt/stacks/ai/litellm ` +
        'logs --no-color --no-log-prefix --tail 5 --follow',
    ],
  ])('%#', (command, text) => expect(command.join(' ')).toBe(text));

  it('takes nothing from the environment, and no setting of Compose from .env', () => {
    const words = composeUp(place).slice(0, composeUp(place).indexOf('docker'));
    expect(words.slice(0, 3)).toEqual(['env', '-u', 'KEY']);
    // Each is set, because Compose reads those lines of .env that the environment does not have.
    expect(words).toEqual(
      expect.arrayContaining([
        'COMPOSE_FILE=',
        'COMPOSE_PROJECT_NAME=',
        'COMPOSE_PROFILES=',
        'COMPOSE_IGNORE_ORPHANS=0',
        'COMPOSE_PARALLEL_LIMIT=-1',
      ]),
    );
  });

  it('can look at staged files', () => {
    const staged = { ...place, file: '/tmp/s/compose.yaml', envFile: '/dev/null' };
    expect(composeConfig(staged).slice(-6)).toEqual([
      '-f',
      '/tmp/s/compose.yaml',
      '--env-file',
      '/dev/null',
      'config',
      '--quiet',
    ]);
  });
});
