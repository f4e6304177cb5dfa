import { describe, expect, it } from '@jest/globals';
import { goldenFiles, renderedFiles } from '@ai-stack/testing/golden';

describe('litellm as rendered', () => {
  it.each(['lab', 'prod'] as const)('is byte for byte what fixtures/%s holds', (environment) => {
    expect(renderedFiles('litellm', environment)).toEqual(goldenFiles('litellm', environment));
  });
});
