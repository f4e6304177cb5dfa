import type { Weight } from './sentence-model';

/** Renders a safetensors file: the header's length, the header, and the numbers in its order. */
export function renderSafetensors(weights: ReadonlyMap<string, Weight>): Buffer {
  let offset = 0;
  const described = [...weights].map(([name, { shape, values }]) => {
    const from = offset;
    offset += values.byteLength;
    return [name, { dtype: 'F32', shape, data_offsets: [from, offset] }] as const;
  });
  const header = { __metadata__: { format: 'pt' }, ...Object.fromEntries(described) };
  const text = JSON.stringify(header);
  const padded = Buffer.from(text.padEnd(Math.ceil(text.length / 8) * 8));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded.length));
  const numbers = [...weights.values()].map(({ values }) =>
    Buffer.from(values.buffer, values.byteOffset, values.byteLength),
  );
  return Buffer.concat([length, padded, ...numbers]);
}
