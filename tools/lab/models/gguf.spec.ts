import { describe, expect, it } from '@jest/globals';
import { renderGguf } from './gguf';
import { readGguf } from './fixtures/read-gguf';

const tensor = (name: string, ...values: number[]) => ({
  name,
  shape: [values.length],
  values: Float32Array.from(values),
});

describe('renderGguf', () => {
  it('writes every type of metadata as the format has it', () => {
    const file = readGguf(
      renderGguf(
        {
          text: 'naïve',
          yes: true,
          no: false,
          count: { uint32: 4294967295 },
          share: { float32: 0.5 },
          kinds: { int32s: [1, -3] },
          words: ['a', ''],
        },
        [],
      ),
    );
    expect(file.version).toBe(3);
    expect(file.metadata).toEqual({
      text: 'naïve',
      yes: true,
      no: false,
      count: 4294967295,
      share: 0.5,
      kinds: [1, -3],
      words: ['a', ''],
    });
  });

  it('puts each tensor where its entry says, on a boundary of 32 bytes', () => {
    const rendered = renderGguf({ odd: 'length' }, [
      { name: 'matrix', shape: [2, 3], values: Float32Array.from([1, 2, 3, 4, 5, 6]) },
      tensor('vector', 7, 8, 9),
    ]);
    const { tensors, start } = readGguf(rendered);
    expect(tensors).toEqual([
      {
        name: 'matrix',
        shape: [2, 3],
        type: 0,
        offset: 0,
        values: Float32Array.of(1, 2, 3, 4, 5, 6),
      },
      { name: 'vector', shape: [3], type: 0, offset: 32, values: Float32Array.of(7, 8, 9) },
    ]);
    expect([start % 32, rendered.length % 32]).toEqual([0, 0]);
  });

  it('refuses a tensor whose numbers do not fill its shape', () => {
    const wrong = { ...tensor('short', 1, 2), shape: [3] };
    expect(() => renderGguf({}, [wrong])).toThrow('short has 2 numbers, not 3');
  });
});
