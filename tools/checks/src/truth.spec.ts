import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Release } from '@ai-stack/core';
import type { InventoryTree } from '../../nx-plugin/src/affected/inventory-tree';
import type { View } from '../../nx-plugin/src/affected/view';
import { rememberYaml } from '@ai-stack/testing/remembering-yaml';
import { variants } from '@ai-stack/testing/variants';

// All is read and rendered once for each changed value: what stays the same is parsed and written once.
rememberYaml();
const { parse, stringify } = await import('yaml');
const { readEnvironment } = await import('@ai-stack/inventory');
const { renderStack } = await import('@ai-stack/render');
const { kindOf, readInventoryTree } = await import('../../nx-plugin/src/affected/inventory-tree');
const { diffViews, readerOf, viewOf } = await import('../../nx-plugin/src/affected/view');
const { loadDefinitions } = await import('../../stack/src/context/definitions');

/**
 * The promise behind `nx affected`: whatever value of the inventory changes, every service that is rendered otherwise
 * because of it sees that change in its view. Each value of each file is changed, one at a time, and all is rendered.
 */
const definitions = await loadDefinitions(process.cwd(), serviceNames(process.cwd()));
const optionSchemas = Object.fromEntries(
  Object.entries(definitions).map(([name, { options }]) => [name, options]),
);
const lab = 'libs/inventory/environments/lab';
const hosts = `${lab}/hosts`;
const models = `${lab}/models`;
const idleHost = `${hosts}/idle.yaml`;
const spareModel = `${models}/spare.yaml`;

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'truth-'));
  // The contracts, and of the environments the lab alone: the others belong to the user.
  const isOfOthers = (path: string) => /\/environments\/(?!lab\b)/.test(path);
  const data = (path: string) =>
    (!/\.\w+$/.test(path) || path.endsWith('.yaml')) && !isOfOthers(path);
  for (const part of ['apps', 'libs/inventory/environments/lab']) {
    cpSync(part, join(root, part), { recursive: true, filter: data });
  }
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const inventories: [string, Record<string, unknown>][] = [
  ['the lab', {}],
  ['a third host with Ollama, too', { [`${hosts}/spare.yaml`]: host('spare', 13, ['ollama']) }],
  [
    'the resolver on a host of its own',
    {
      [`${hosts}/trusted.yaml`]: withoutResolver(),
      [`${hosts}/spare.yaml`]: host('spare', 13, ['dns']),
      [`${lab}/dns.yaml`]: { ...(read(`${lab}/dns.yaml`) as object), host: 'spare' },
    },
  ],
  [
    'everything that may move on another host, the resolver on one of its own',
    {
      [`${hosts}/trusted.yaml`]: withoutResolver(),
      [`${hosts}/management.yaml`]: host('management', 12, ['ollama']),
      [`${hosts}/spare.yaml`]: host('spare', 13, ['qdrant', 'vllm']),
      [`${hosts}/names.yaml`]: host('names', 16, ['dns']),
      [`${lab}/dns.yaml`]: { ...(read(`${lab}/dns.yaml`) as object), host: 'names' },
      'apps/ollama/environments/lab.yaml': {
        ...(read('apps/ollama/environments/lab.yaml') as object),
        reachableFrom: 'consumers',
      },
    },
  ],
];
// A short run tries the one in which most is on another host; tools/long/properties tries all.
const tried = process.env['LONG'] === undefined ? inventories.slice(-1) : inventories;

describe.each(tried)('a change of the inventory: %s', (_, files) => {
  const undo: (() => void)[] = [];
  let before: Seen;
  beforeAll(() => {
    const spares = {
      [idleHost]: host('idle', 14, []),
      [spareModel]: model('spare', 'ollama', 'chat'),
    };
    for (const [file, content] of Object.entries({ ...spares, ...files })) {
      undo.push(write(file, content));
    }
    before = see();
  });
  afterAll(() => undo.forEach((back) => back()));

  it('of any one value affects whoever is rendered otherwise', () => {
    const missed: string[] = [];
    let tried = 0;
    for (const [file, content] of before.tree) {
      for (const { key, content: changed } of variants(content)) {
        const back = write(file, changed);
        const after = seeIfValid();
        back();
        if (after === undefined) continue;
        tried++;
        missed.push(...missedBy(before, after).map((who) => `${file} ${key}: ${who}`));
      }
    }
    expect(missed).toEqual([]);
    expect(tried).toBeGreaterThan(120);
  });

  it.each([
    ['a model comes', `${models}/aaa.yaml`, model('aaa', 'ollama', 'chat')],
    ['the embedding model goes', `${models}/nomic-embed-text.yaml`, undefined],
    ['a model goes', spareModel, undefined],
    ['a host comes', `${hosts}/new.yaml`, host('new', 15, ['ollama'])],
    ['a host without a service goes', idleHost, undefined],
  ])('by which %s affects whoever is rendered otherwise', (_what, file, content) => {
    const back = write(file, content);
    const after = seeIfValid();
    back();
    expect(after).toBeDefined();
    expect(after && missedBy(before, after)).toEqual([]);
  });
});

interface Seen {
  tree: InventoryTree;
  releases: Release[];
  /** What `facetOf` found, by service and verb: the state before is compared with many. */
  facets: Map<string, Facet>;
}

/** What one verb of one service sees of a state, and what comes of it. */
interface Facet {
  view: View;
  contract: string;
  rendered: string;
}

function see(): Seen {
  const environment = readEnvironment(root, 'lab', { variables: {}, optionSchemas });
  return {
    tree: readInventoryTree(root),
    releases: renderStack(environment, definitions),
    facets: new Map(),
  };
}

/** Undefined for what is refused: nothing of it can be deployed. */
function seeIfValid(): Seen | undefined {
  try {
    return see();
  } catch {
    return undefined;
  }
}

/** Services whose releases differ although their view does not, by verb. */
function missedBy(before: Seen, after: Seen): string[] {
  return serviceNames(root).flatMap((service) =>
    ['deploy', 'verify']
      .filter((verb) => {
        const [facet, changed] = [facetOf(before, service, verb), facetOf(after, service, verb)];
        if (facet.rendered === changed.rendered) return false;
        return (
          diffViews(facet.view, changed.view).length === 0 && facet.contract === changed.contract
        );
      })
      .map((verb) => `${service}:${verb}`),
  );
}

function facetOf({ tree, releases, facets }: Seen, service: string, verb: string): Facet {
  const known = facets.get(`${service}:${verb}`);
  if (known !== undefined) return known;
  const contract = tree.get(`apps/${service}/service.yaml`);
  const own = releases.filter((release) => release.service === service);
  const facet = {
    view: viewOf(readerOf(service, contract ?? {}, verb), tree),
    contract: JSON.stringify(contract),
    rendered: JSON.stringify(
      own.map(({ host, contentHash, probes }) => [host, contentHash, verb === 'verify' && probes]),
    ),
  };
  facets.set(`${service}:${verb}`, facet);
  return facet;
}

/** Writes, or with undefined removes, a file; returns the way back. */
function write(file: string, content: unknown): () => void {
  const path = join(root, file);
  const old = readOptional(path);
  const put = (text: string | undefined) => {
    if (text === undefined) return rmSync(path, { force: true });
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  };
  put(content === undefined ? undefined : stringify(content));
  return () => put(old);
}

function readOptional(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function host(name: string, number: number, services: string[], role = 'management'): unknown {
  const own = { fqdn: `${name}.lab.test`, address: `172.30.77.${number}`, role, services };
  return { ...(read(`${hosts}/management.yaml`) as object), ...own };
}

function withoutResolver(): unknown {
  const services = placedOn('trusted').filter((name) => name !== 'dns');
  return host('trusted', 11, services, 'trusted');
}

function placedOn(name: string): string[] {
  return (read(`${hosts}/${name}.yaml`) as { services: string[] }).services;
}

function read(file: string): unknown {
  return parse(readFileSync(file, 'utf8'));
}

function model(publicName: string, engine: string, kind: string): unknown {
  return { publicName, engine, id: `${publicName}:1b`, kind, contextLength: 4096 };
}

function serviceNames(at: string): string[] {
  return [...readInventoryTree(at).keys()].flatMap((file) => {
    const found = kindOf(file);
    return found?.kind === 'contract' ? [found.service] : [];
  });
}
