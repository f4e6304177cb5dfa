import { describe, expect, it } from '@jest/globals';
import { goldenFiles, renderedFiles } from '@ai-stack/testing/golden';

describe('open-webui as rendered', () => {
  it.each(['lab', 'prod'] as const)('is byte for byte what fixtures/%s holds', (environment) => {
    expect(renderedFiles('open-webui', environment)).toEqual(
      goldenFiles('open-webui', environment),
    );
  });
});
