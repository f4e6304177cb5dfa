import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { versionOfImage } from '@ai-stack/core';
import { runbookDirectory } from '@ai-stack/testing/runbook';
import { parse } from 'yaml';

const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Record<
  string,
  Record<string, string>
>;
const packages = { ...manifest['dependencies'], ...manifest['devDependencies'] };

describe('pins', () => {
  it.each(Object.entries(packages))('%s is pinned to one version', (_name, version) => {
    expect(version).toMatch(/^\d+\.\d+\.\d+$/);
  });

  it('keeps the packages of Nx at one version', () => {
    const { nx, '@nx/js': js, '@nx/devkit': devkit } = packages;
    expect([js, devkit]).toEqual([nx, nx]);
  });
});

describe('images', () => {
  const images = readFileSync('tools/lab/images/versions.env', 'utf8');
  const inLab = (service: string) => {
    const program = { dns: 'COREDNS' }[service] ?? service.toUpperCase().replace('-', '_');
    return new RegExp(`^${program}_(?:VERSION|TAG)=v?(.+)$`, 'm').exec(images)?.[1];
  };
  const options = readdirSync(`${runbookDirectory}/options`).map((file) => ({
    service: file.replace('.yaml', ''),
    image: (parse(readFileSync(`${runbookDirectory}/options/${file}`, 'utf8')) as { image: string })
      .image,
  }));

  it.each(options)('of $service in the runbook have the version that the lab runs', (item) => {
    expect(inLab(item.service)).toBeDefined();
    expect(versionOfImage(item.image)).toBe(inLab(item.service));
  });

  it.each(options)('of $service have a README that names the version which was run', (item) => {
    const readme = readFileSync(`apps/${item.service}/README.md`, 'utf8');
    const [, tried = ''] =
      /^## Which versions? (?:was|were) tried\?\n([^]*?)^## /m.exec(readme) ?? [];
    expect(tried).toContain(inLab(item.service));
  });

  it('that the lab runs as a double or as another build are named by their README', () => {
    const readme = (service: string) => readFileSync(`apps/${service}/README.md`, 'utf8');
    for (const service of ['qdrant', 'vllm']) expect(readme(service)).toContain('The lab runs');
  });
});
