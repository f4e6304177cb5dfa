import { describe, expect, it } from '@jest/globals';
import { goldenFiles, renderedFiles } from '../../tools/checks/fixtures/golden';

describe('ollama as rendered', () => {
  it.each(['lab', 'prod'] as const)('is byte for byte what fixtures/%s holds', (environment) => {
    expect(renderedFiles('ollama', environment)).toEqual(goldenFiles('ollama', environment));
  });
});
