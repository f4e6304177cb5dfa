import { posix } from 'node:path';
import { preProcessFile } from 'typescript';

/** What each library may import, the lowest first. */
const allowed: Record<string, readonly string[]> = {
  core: [],
  inventory: ['core'],
  render: ['core'],
  secrets: ['core'],
  ssh: ['core'],
  docker: ['core', 'ssh'],
  deploy: ['core', 'inventory', 'render', 'secrets', 'ssh', 'docker'],
  verify: ['core', 'inventory', 'render', 'secrets', 'ssh', 'docker'],
  report: ['core', 'inventory', 'render', 'secrets', 'ssh', 'docker', 'deploy', 'verify'],
};

const packagesOfCore = ['zod', 'node:util'];

export interface Violation {
  file: string;
  specifier: string;
  rule: string;
}

/** The imports of a source file, as written. */
export function parseImports(source: string): string[] {
  return preProcessFile(source, true, true).importedFiles.map((imported) => imported.fileName);
}

/**
 * Judges the imports of one file (path from the workspace root) by the design's rules: apps import core and render,
 * libraries import downward, nothing imports apps or tools but tools. Specs may import what they need.
 */
export function judgeImports(file: string, specifiers: readonly string[]): Violation[] {
  if (file.endsWith('.spec.ts')) return [];
  return specifiers.flatMap((specifier) => {
    const rule = brokenRule(file, specifier);
    return rule === undefined ? [] : [{ file, specifier, rule }];
  });
}

function brokenRule(file: string, specifier: string): string | undefined {
  const from = unitOf(file);
  const to = unitOf(resolveSpecifier(file, specifier));
  if (from.kind === 'tools') return undefined;
  if (to.kind === 'package') return brokenPackageRule(from, specifier);
  if (to.kind === from.kind && to.name === from.name) return undefined;
  if (to.kind === 'tools')
    return `${from.kind} never import tools: move what is shared into a library`;
  if (to.kind === 'apps') {
    return from.kind === 'apps'
      ? 'apps never import apps: read the other service.yaml, or move what is shared into libs/render'
      : 'libraries never import apps: take what you need as a parameter';
  }
  if (specifier.startsWith('.')) return 'use the alias @ai-stack/<library> for another library';
  if (from.kind === 'apps') {
    return ['core', 'render'].includes(to.name) ? undefined : 'apps import only core and render';
  }
  return allowed[from.name]?.includes(to.name) === true
    ? undefined
    : `${from.name} may import ${allowed[from.name]?.join(', ') || 'no library'}`;
}

function brokenPackageRule(from: Unit, specifier: string): string | undefined {
  if (from.kind !== 'libs' || from.name !== 'core') return undefined;
  return packagesOfCore.includes(specifier) ? undefined : 'core imports only zod: it is vocabulary';
}

interface Unit {
  kind: 'apps' | 'libs' | 'tools' | 'package';
  name: string;
}

function resolveSpecifier(file: string, specifier: string): string {
  if (specifier.startsWith('@ai-stack/')) return `libs/${specifier.slice('@ai-stack/'.length)}/`;
  return specifier.startsWith('.')
    ? posix.join(posix.dirname(file), specifier)
    : `node_modules/${specifier}`;
}

function unitOf(path: string): Unit {
  const [kind, name = ''] = path.split('/');
  return kind === 'apps' || kind === 'libs' || kind === 'tools'
    ? { kind, name }
    : { kind: 'package', name };
}
