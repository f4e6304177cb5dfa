import { describe, expect, it } from '@jest/globals';
import { definitions } from '@ai-stack/testing/sample-environment';
import { imageOption } from './base-options';

const digest = `@sha256:${'0'.repeat(64)}`;
const option = imageOption([
  { versions: ['1.2.3'], reason: 'stolen' },
  { below: '0.17.1', of: 'ollama', reason: 'open' },
]);

describe('a version that must not run', () => {
  it.each([
    ['a/any:1.2.3', 'version 1.2.3 is refused: stolen'],
    [`a/any:main-v1.2.3-stable${digest}`, 'version 1.2.3 is refused: stolen'],
    ['a/any:1.2.30', undefined],
    ['ollama/ollama:0.17.0', 'version 0.17.0 is refused: open'],
    ['harbor.example.org:5000/hub/ollama:v0.9.6-rocm', 'version 0.9.6 is refused: open'],
    [`ollama:0.17.0${digest}`, 'version 0.17.0 is refused: open'],
    ['ollama/ollama:0.17.1', undefined],
    ['ollama/ollama:0.100.0', undefined],
    ['ollama/ollama:1.0.0', undefined],
    // Others count their versions as they like.
    ['example/own-ollama:0.1.0', undefined],
    ['ollama/other:0.1.0', undefined],
    [`ollama/ollama:rocm${digest}`, undefined],
  ])('%s: %s', (image, message) => {
    const messages = option.safeParse(image).error?.issues.map((issue) => issue.message);
    expect(messages).toEqual(message === undefined ? undefined : [message]);
  });

  it.each([
    ['ollama', 'ollama/ollama:0.17.0', /CVE-2026-7482/],
    ['open-webui', 'ghcr.io/open-webui/open-webui:v0.9.4-cuda', /CVE-2026-45397/],
    ['litellm', 'ghcr.io/berriai/litellm:v1.82.8', /stole credentials/],
  ])('%s refuses %s', (service, image, reason) => {
    const { error } = definitions[service]!.options.safeParse({ image });
    const messages = error?.issues.filter(({ path }) => path[0] === 'image').map((i) => i.message);
    expect(messages).toEqual([expect.stringMatching(reason)]);
  });
});
