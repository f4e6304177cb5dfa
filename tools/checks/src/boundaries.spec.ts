import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { formatViolation, judgeImports, parseImports } from './boundaries';
import { trackedFiles } from './tracked-files';

describe('judgeImports', () => {
  it.each([
    ['apps/litellm/service.ts', '@ai-stack/render', undefined],
    ['apps/litellm/service.ts', './litellm-config', undefined],
    ['apps/litellm/service.ts', '../ollama/service', /apps never import apps/],
    ['apps/litellm/service.ts', '@ai-stack/ssh', /only core and render/],
    ['apps/ollama/service.ts', './hooks/pull-models', undefined],
    ['apps/ollama/service.ts', 'zod', undefined],
    ['apps/ollama/service.ts', 'node:http', /a definition is pure/],
    ['apps/ollama/hooks/pull-models.ts', 'node:http', undefined],
    ['apps/ollama/hooks/pull-models.ts', 'node:child_process', /a hook imports only zod/],
    ['apps/ollama/hooks/pull-models.ts', 'execa', /a hook imports only zod/],
    ['apps/ollama/hooks/pull-models.ts', '@ai-stack/docker', /only core and render/],
    ['apps/ollama/hooks/pull-models.ts', '../../dns/hooks/zone-reloaded', /never import apps/],
    ['libs/ssh/src/open.ts', '@ai-stack/core', undefined],
    ['libs/ssh/src/open.ts', '@ai-stack/docker', /ssh may import core/],
    ['libs/ssh/src/open.ts', '../../core/src/errors', /imported by its alias/],
    ['libs/ssh/src/open.ts', '@ai-stack/testing/sshd', /ssh may import core/],
    ['libs/ssh/src/open.spec.ts', '@ai-stack/testing/sshd', undefined],
    ['libs/render/src/a.ts', '../../../apps/dns/zone', /libraries never import apps/],
    ['libs/render/src/a.ts', '../../../tools/stack/src/context/stack', /never import tools/],
    ['libs/core/src/a.ts', 'yaml', /core imports only zod/],
    ['libs/core/src/a.ts', 'zod', undefined],
    ['tools/stack/src/main.ts', '../../../apps/dns/zone', undefined],
  ])('%s importing %s', (file, specifier, rule) => {
    const [violation] = judgeImports(file, [specifier]);
    if (rule === undefined) expect(violation).toBeUndefined();
    else expect(violation?.rule).toMatch(rule);
  });

  it.each([
    [
      'apps/litellm/service.ts',
      '../ollama/service',
      "apps/litellm/service.ts imports '../ollama/service': apps never import apps. Instead: to reach ollama, list " +
        'it under needs in apps/litellm/service.yaml and use the binding that render hands to the definition; code ' +
        'that both need goes into libs/render, once.',
    ],
    [
      'libs/ssh/src/open.ts',
      '../../core/src/errors',
      "libs/ssh/src/open.ts imports '../../core/src/errors': a library is imported by its alias. Instead: use the " +
        'alias @ai-stack/core.',
    ],
  ])('says of %s importing %s what to do instead', (file, specifier, text) => {
    expect(judgeImports(file, [specifier]).map(formatViolation)).toEqual([text]);
  });

  it('reads static, dynamic and type imports', () => {
    const source =
      "import a from 'a'; import type { b } from './b'; const c = await import('../c');";
    expect(parseImports(source)).toEqual(['a', './b', '../c']);
  });

  it('finds the whole workspace in order', () => {
    const files = trackedFiles().filter((file) => /^(?:apps|libs|tools)\/.*\.ts$/.test(file));
    expect(files.length).toBeGreaterThan(20);
    const violations = files.flatMap((file) =>
      judgeImports(file, parseImports(readFileSync(file, 'utf8'))),
    );
    expect(violations.map(formatViolation)).toEqual([]);
  });
});
