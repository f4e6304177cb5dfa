import { describe, expect, it } from '@jest/globals';
import { goldenFiles, renderedFiles } from '@ai-stack/testing/golden';

describe('dns as rendered', () => {
  it.each(['lab', 'prod'] as const)('is byte for byte what fixtures/%s holds', (environment) => {
    expect(renderedFiles('dns', environment)).toEqual(goldenFiles('dns', environment));
  });
});
