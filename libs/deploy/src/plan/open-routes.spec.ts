import { expect, it } from '@jest/globals';
import type { Release } from '@ai-stack/core';
import { newlyOpenRoutes } from './open-routes';
import { emptyFacts, sampleContainer, sampleRelease } from '../../fixtures/sample-release';

type Routers = Record<string, { rule: string; middlewares?: string }>;

function labelsFor(routers: Routers): Record<string, string> {
  return Object.fromEntries(
    Object.entries(routers).flatMap(([name, { rule, middlewares }]) => [
      [`traefik.http.routers.${name}.rule`, rule],
      ...(middlewares === undefined
        ? []
        : [[`traefik.http.routers.${name}.middlewares`, middlewares]]),
    ]),
  ) as Record<string, string>;
}

function releaseOf(routers: Routers): Release {
  const content = JSON.stringify({ services: { main: { labels: labelsFor(routers) } } });
  const [compose, ...others] = sampleRelease().files;
  return sampleRelease({
    files: [{ ...compose!, content }, ...others],
    routers: Object.keys(routers),
  });
}

const chat = { rule: 'Host(`chat.lab.test`)' };
const guarded = { ...chat, middlewares: 'authentik@docker' };
const api = { rule: 'Host(`openai.lab.test`) && PathPrefix(`/v1/`)', middlewares: 'api-rate' };

it.each<[string, Routers | undefined, Routers, string[]]>([
  ['a new one with a login', undefined, { chat: guarded }, []],
  ['a new one without', undefined, { chat }, ['https://chat.lab.test']],
  [
    'one that loses it',
    { chat: guarded },
    { chat },
    ['https://chat.lab.test, which requires a login now'],
  ],
  ['one that never had it', { chat }, { chat }, []],
  ['one that gets it', { chat }, { chat: guarded }, []],
  [
    'one that is opened for clients with a key',
    { chat: guarded },
    { chat: guarded, api },
    [api.rule],
  ],
])('newlyOpenRoutes of %s', (_what, before, after, open) => {
  const facts = emptyFacts();
  const release = releaseOf(after);
  if (before !== undefined)
    facts.engine.containers = [sampleContainer(release, { labels: labelsFor(before) })];
  expect(newlyOpenRoutes(release, facts)).toEqual(open);
});
