import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { isForEveryService, programNames } from './program-names';
import { trackedFiles } from './tracked-files';

it('libraries and command line name no program: what is special to one is in its service', () => {
  const files = trackedFiles().filter(isForEveryService);
  expect(files.length).toBeGreaterThan(200);
  expect(files.flatMap((file) => programNames(file, readFileSync(file, 'utf8')))).toEqual([]);
});

it.each([
  ["if (engine === 'vllm') return;", true],
  ['openOllama(release)', true],
  ['/** As LiteLLM has it. */', true],
  ['QDRANT_API_KEY', true],
  ["['open-webui', 'openWebui']", true],
  ['Open WebUI', true],
  ['our CoreDNS', true],
  ["hooks[release.service]?.afterStart?.(context) // dns.yaml's mode", false],
])('of %j it says %s', (line, isNamed) => {
  expect(programNames('a.ts', `\n${line}\n`)).toEqual(isNamed ? [`a.ts:2: ${line}`] : []);
});

it.each([
  ['libs/deploy/src/deploy.ts', true],
  ['tools/stack/src/probes/ask-deps.ts', true],
  ['tools/stack/bundle.cjs', true],
  ['libs/deploy/src/deploy.spec.ts', false],
  ['libs/deploy/fixtures/sample-release.ts', false],
  ['libs/testing/src/sample-environment.ts', false],
  ['libs/inventory/environments/lab/dns.yaml', false],
  ['apps/ollama/service.ts', false],
  ['tools/lab/src/programs.ts', false],
])('looks into %s: %s', (file, isChecked) => {
  expect(isForEveryService(file)).toBe(isChecked);
});
