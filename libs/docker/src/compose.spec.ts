import { describe, expect, it } from '@jest/globals';
import { composeConfig, composeDown, composeLogs, composeScale, composeUp } from './compose';

const place = { project: 'ai-litellm', directory: '/opt/stacks/ai/litellm' };
const start =
  'docker compose --ansi never --project-name ai-litellm --project-directory /opt/stacks/ai/litellm ' +
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
    [composeDown(place), `${start} down --remove-orphans`],
    [
      composeLogs(place, { tail: 5, follow: true, services: ['a'] }),
      `${start} logs --no-color --tail 5 --follow a`,
    ],
  ])('%#', (command, text) => expect(command.join(' ')).toBe(text));

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
