import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createEcho } from './double';
import { listen } from '../listen';
import type { Listening } from '../listen';

let echo: Listening;
beforeAll(async () => {
  echo = await listen(createEcho());
});
afterAll(() => echo.close());

it('is well', async () => {
  expect(await echo.json('/health')).toEqual({ status: 200, body: { status: 'ok' } });
});

it('repeats what it was asked, with the headers', async () => {
  const { status, body } = await echo.json('/some', undefined, { headers: { 'x-a': 'b' } });
  expect({ status, ...body }).toMatchObject({
    status: 200,
    double: 'echo-double',
    method: 'GET',
    path: '/some',
    headers: { 'x-a': 'b' },
  });
});

it('knows nothing else', async () => {
  expect((await echo.ask('/some/thing')).status).toBe(404);
  expect((await echo.ask('/', { method: 'POST' })).status).toBe(405);
});
