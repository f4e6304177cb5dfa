import { describe, expect, it } from '@jest/globals';
import { formatLine } from './print-logs';

describe('formatLine', () => {
  it.each([
    ['\u001b[2K\u001b[31mred\u001b[0m', 'dns@trusted | red'],
    ['\u001b]0;owned\u0007title', 'dns@trusted | title'],
    ['over\rwritten', 'dns@trusted | overwritten'],
  ])('lets %j steer no terminal', (line, shown) => {
    expect(formatLine({ service: 'dns', host: 'trusted' }, line)).toBe(shown);
  });
});
