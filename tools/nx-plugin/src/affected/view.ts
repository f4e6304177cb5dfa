import { kindOf, records, texts, type FileKind, type InventoryTree } from './inventory-tree';

/** Who looks at the inventory: a service, with what its contract says that it reads. */
export interface Reader {
  service: string;
  needs: string[];
  reads: string[];
}

/** What a service reads of each file that it looks at: file -> the part that concerns it. */
export type View = Map<string, unknown>;

interface Scene {
  reader: Reader;
  tree: InventoryTree;
  /** Services that need the reader. */
  consumers: string[];
}

type Content = Record<string, unknown>;
type Placed = Extract<FileKind, { name: string }>;

/** The reader that a contract describes; verify also reads what only the probes are made of. */
export function readerOf(service: string, contract: Content, verb: string): Reader {
  const reads = texts(contract['reads']);
  const probes = verb === 'deploy' ? [] : texts(contract['probeReads']);
  return {
    service,
    needs: records(contract['needs']).map((need) => String(need['service'])),
    reads: [...new Set([...reads, ...probes])],
  };
}

/**
 * The part of the inventory, in all environments, from which a service is rendered. Two trees with equal views render
 * the same service: `view.spec.ts` shows it by changing every value of every file. Pure.
 */
export function viewOf(reader: Reader, tree: InventoryTree): View {
  const consumers = [...tree].flatMap(([file, content]) => {
    const place = kindOf(file);
    const needs = records(content['needs']).map((need) => need['service']);
    return place?.kind === 'contract' && needs.includes(reader.service) ? [place.service] : [];
  });
  const scene = { reader, tree, consumers };
  const view: View = new Map();
  for (const [file, content] of tree) {
    const kind = kindOf(file);
    const part = kind === undefined ? undefined : partOf(scene, kind, content);
    if (part !== undefined) view.set(file, part);
  }
  return view;
}

/** The files of which a reader sees something else in one tree than in the other, sorted. Pure. */
export function diffViews(left: View, right: View): string[] {
  const files = new Set([...left.keys(), ...right.keys()]);
  // A file of which nothing concerns the reader is as good as none.
  const textOf = (view: View, file: string) => JSON.stringify(view.get(file) ?? {});
  return [...files].filter((file) => textOf(left, file) !== textOf(right, file)).sort();
}

function partOf(scene: Scene, kind: FileKind, content: Content): unknown {
  if (kind.kind === 'contract') return contractPart(scene, kind.service, content);
  if (kind.kind === 'host') return hostPart(scene, kind, content);
  if (kind.kind === 'model') return modelPart(scene, content);
  return settingsPart(scene, kind.part, content);
}

/** Its own contract is one of its own files. */
function contractPart({ reader }: Scene, service: string, content: Content): unknown {
  const { needs, reads } = reader;
  if (service === reader.service) return undefined;
  const endpoints = records(content['endpoints']);
  const isConsumer = records(content['needs']).some((need) => need['service'] === reader.service);
  const parts = {
    ...(needs.includes(service) ? { endpoints } : {}),
    ...(reads.includes('records') ? { labels: endpoints.map(labelOf) } : {}),
    ...(reads.includes('consumers') && isConsumer ? { consumes: true } : {}),
  };
  return Object.keys(parts).length > 0 || reads.includes('consumers') ? parts : undefined;
}

function labelOf({ name, label, exposure }: Content): unknown {
  return { name, label, exposure };
}

/** All of its own hosts; of others, what they provide to it, want of it, or are called. */
function hostPart(
  { reader, tree, consumers }: Scene,
  { environment, name }: Placed,
  content: Content,
): unknown {
  const { service, needs, reads } = reader;
  const placed = texts(content['services']).sort();
  if (placed.includes(service)) return content;
  if (!looksAtOthers(reader)) return undefined;
  const { fqdn, address } = content;
  const provides = placed.filter((candidate) => needs.includes(candidate));
  const wants = reads.includes('consumers')
    ? placed.filter((candidate) => consumers.includes(candidate))
    : [];
  const dns = tree.get(`libs/inventory/environments/${environment}/dns.yaml`);
  const answers = needs.includes('dns') && dns?.['host'] === name;
  return {
    ...(provides.length > 0 ? { provides, fqdn } : {}),
    ...(wants.length > 0 ? { wants } : {}),
    ...(answers ? { address } : {}),
    ...(reads.includes('records') ? { fqdn, address, placed } : {}),
    ...(reads.includes('vantages') ? { isThere: true } : {}),
  };
}

function looksAtOthers({ needs, reads }: Reader): boolean {
  const of = ['consumers', 'records', 'vantages'];
  return needs.length > 0 || reads.some((part) => of.includes(part));
}

/** How a model's engine serves it, which no client sees. */
const servedSo = ['contextLength', 'hosts', 'servedName', 'toolCallParser'];

/** An engine's own models; all of them for who reads `models`; what clients see of each for `offeredModels`. */
function modelPart({ reader }: Scene, content: Content): unknown {
  const { service, reads } = reader;
  if (reads.includes('models') || content['engine'] === service) return content;
  if (!reads.includes('offeredModels')) return undefined;
  return Object.fromEntries(Object.entries(content).filter(([key]) => !servedSo.includes(key)));
}

function settingsPart({ reader }: Scene, part: string, content: Content): unknown {
  const { needs, reads } = reader;
  if (part === 'environment' || reads.includes(part)) return content;
  const { mode, host, server } = content;
  if (part === 'dns' && reads.includes('records')) return content;
  if (part === 'dns' && needs.includes('dns')) return { mode, host, server };
  if (part === 'ingress' && reads.includes('records')) return { host };
  return undefined;
}
