import type { Release } from '@ai-stack/core';
import type { HostFacts } from '../facts/host-facts';
import { servingOf } from './container';
import { ownContainers } from '../facts/own-containers';
import { labelsOf } from './start-first';

type Labels = Readonly<Record<string, string>>;

/**
 * What a release makes reachable without a login that is not so now, a line each: a router that loses its forward-auth,
 * and a new one that never had any. Pure.
 */
export function newlyOpenRoutes(release: Release, facts: HostFacts): string[] {
  if (release.routers.length === 0) return [];
  const own = ownContainers(release, facts);
  return release.containers.flatMap(({ name }) => {
    const before = servingOf(own.filter(({ service }) => service === name))?.labels ?? {};
    const after = labelsOf(release, name);
    return routersIn(after).flatMap((router) => {
      if (isProtected(after, router)) return [];
      const place = placeOf(after[`traefik.http.routers.${router}.rule`] ?? '');
      if (isProtected(before, router)) return [`${place}, which requires a login now`];
      return routersIn(before).includes(router) ? [] : [place];
    });
  });
}

function routersIn(labels: Labels): string[] {
  return Object.keys(labels).flatMap(
    (label) => /^traefik\.http\.routers\.([^.]+)\.rule$/.exec(label)?.[1] ?? [],
  );
}

/** The login is a middleware that is not ours, with its provider in its name; our own ones have none. */
function isProtected(labels: Labels, router: string): boolean {
  const middlewares = labels[`traefik.http.routers.${router}.middlewares`] ?? '';
  return middlewares.split(',').some((name) => name.includes('@'));
}

/** A rule as an address, if it has only one. */
function placeOf(rule: string): string {
  const host = /^Host\(`([^`]+)`\)$/.exec(rule)?.[1];
  return host === undefined ? rule : `https://${host}`;
}
