import type { Release } from '@ai-stack/core';
import { findImage } from '@ai-stack/docker';
import type { HostFacts } from '../facts/host-facts';
import type { Change } from './change';
import { isSameMode } from './files';

/** Networks of ours; those of others have a guard. */
export function planNetworks(release: Release, facts: HostFacts): Change<'network'>[] {
  const present = new Set(facts.engine.networks.map((network) => network.name));
  return release.networks
    .filter((network) => network.ours)
    .map((network) =>
      present.has(network.name)
        ? { kind: 'network', verb: 'keep', reason: 'it is there', network }
        : { kind: 'network', verb: 'create', reason: 'there is none', network },
    );
}

/** A program may change its own data directory: once deployed, that one is only compared with what was recorded. */
export function planDirectories(release: Release, facts: HostFacts): Change<'directory'>[] {
  const recorded = facts.services[release.service]?.current?.directories ?? [];
  return release.directories.map((directory) => {
    const change = { kind: 'directory' as const, directory };
    const after = `${directory.mode} ${directory.uid}:${directory.gid}`;
    const fact = facts.paths[directory.path];
    if (fact === undefined) return { ...change, verb: 'create', reason: 'there is none', after };
    const isEqual =
      isSameMode(fact.mode, directory.mode) &&
      fact.uid === directory.uid &&
      fact.gid === directory.gid;
    if (isEqual) return { ...change, verb: 'keep', reason: 'equal' };
    const before = recorded.find((entry) => entry.path === directory.path);
    const isSettled =
      directory.purpose !== 'config' &&
      before?.mode === directory.mode &&
      before.uid === directory.uid &&
      before.gid === directory.gid;
    if (isSettled) return { ...change, verb: 'keep', reason: 'its program changed it' };
    const onHost = `${fact.mode} ${fact.uid}:${fact.gid}`;
    return {
      ...change,
      verb: 'update',
      reason: 'its mode or owner differs',
      before: onHost,
      after,
    };
  });
}

/** Images that are not on the host are pulled. */
export function planImages(release: Release, facts: HostFacts): Change<'image'>[] {
  const images = [...new Set(release.containers.map(({ image }) => image))].sort();
  return images.map((image) =>
    findImage(facts.engine.images, image) === undefined
      ? { kind: 'image', verb: 'create', reason: 'not on the host: pull it', image }
      : { kind: 'image', verb: 'keep', reason: 'it is there', image },
  );
}

/** Which models a program holds is not a fact of the host: the record says what was pulled into which directory. */
export function planModels(release: Release, facts: HostFacts): Change<'model'>[] {
  const stores = release.directories.filter(({ purpose }) => purpose !== 'config');
  const isEmpty = (path: string): boolean => {
    const fact = facts.paths[path];
    return fact === undefined || (fact.kind === 'directory' && fact.isEmpty);
  };
  const isEmptied = stores.length > 0 && stores.every(({ path }) => isEmpty(path));
  const pulled = facts.services[release.service]?.current?.models ?? [];
  return release.pullModels.map((model) =>
    !isEmptied && pulled.includes(model)
      ? { kind: 'model', verb: 'keep', reason: 'it was pulled', model }
      : { kind: 'model', verb: 'create', reason: 'not pulled yet', model },
  );
}
