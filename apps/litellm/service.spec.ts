import { describe, expect, it } from '@jest/globals';
import definition from './service';
import { goldenFiles, renderedFiles } from '@ai-stack/testing/golden';

describe('litellm as rendered', () => {
  it.each(['lab', 'prod'] as const)('is byte for byte what fixtures/%s holds', (environment) => {
    expect(renderedFiles('litellm', environment)).toEqual(goldenFiles('litellm', environment));
  });
});

describe('the image', () => {
  const digest = `@sha256:${'0'.repeat(64)}`;
  it.each([
    ['ghcr.io/berriai/litellm:v1.82.7', '1.82.7'],
    ['ghcr.io/berriai/litellm-database:main-v1.82.8-stable', '1.82.8'],
    [`docker.io/litellm/litellm:1.82.7${digest}`, '1.82.7'],
    ['ghcr.io/berriai/litellm:v1.108.7', undefined],
    ['ghcr.io/berriai/litellm:v1.82.70', undefined],
  ])('%s is refused where its version stole credentials', (image, version) => {
    const { error } = definition.options.safeParse({ image });
    expect(error?.issues.map(({ message }) => message) ?? []).toEqual(
      version === undefined
        ? []
        : [expect.stringContaining(`version ${version} is refused: its Python package`)],
    );
  });
});

// LiteLLM keeps the option, hidden, and it does nothing.
it('is asked for nothing that does nothing', () => {
  for (const environment of ['lab', 'prod'] as const) {
    const files = Object.values(renderedFiles('litellm', environment)).join('');
    expect(files).not.toContain('telemetry');
  }
});
