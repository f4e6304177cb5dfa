import { describe, expect, it } from '@jest/globals';
import { StackError } from '@ai-stack/core';
import type { ApplyDeps } from './context';
import { composeStart } from './compose';

/** What an engine answers, one after the other; undefined: it worked. */
async function start(
  ...answers: (string | undefined)[]
): Promise<{ asked: number; error: string }> {
  let asked = 0;
  const script = () => {
    const message = answers[asked];
    asked += 1;
    return message === undefined ? Promise.resolve() : Promise.reject(new StackError(message));
  };
  const deps = { connection: { script } } as unknown as ApplyDeps;
  const error = await composeStart(['up'], { deps }, () => undefined).then(
    () => '',
    (caught: unknown) => String(caught),
  );
  return { asked, error };
}

describe('composeStart', () => {
  const died = 'waiting for init preliminary setup: read init-p: connection reset by peer: unknown';
  it.each([
    ['works at once', [undefined], 1, ''],
    ['works the second time', [died, undefined], 2, ''],
    ['is tried twice at most', [died, died, undefined], 2, 'preliminary'],
    [
      'fails at once for a reason that stays',
      ['exec: "nothing": not found', undefined],
      1,
      'not found',
    ],
  ])('%s', async (_, answers, asked, error) => {
    const ended = await start(...answers);
    expect(ended.asked).toBe(asked);
    expect(ended.error).toContain(error);
  });
});
