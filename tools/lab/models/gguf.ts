/** A value of a GGUF file's metadata; a plain number says its type, as the format has many. */
export type GgufValue =
  | string
  | boolean
  | readonly string[]
  | { readonly uint32: number }
  | { readonly float32: number }
  | { readonly int32s: readonly number[] };

/** A tensor of 32-bit floats; `shape` starts with the dimension whose numbers lie in parallel. */
export interface Tensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

const VERSION = 3;
const ALIGNMENT = 32;
const TYPE = { uint32: 4, int32: 5, float32: 6, boolean: 7, string: 8, array: 9 };
const FLOAT32_TENSOR = 0;

/** Renders a GGUF file, version 3, of metadata and tensors. Throws when a tensor's size is not its shape. */
export function renderGguf(
  metadata: Readonly<Record<string, GgufValue>>,
  tensors: readonly Tensor[],
): Buffer {
  let offset = 0;
  const infos = tensors.map((tensor) => {
    const info = renderTensorInfo(tensor, offset);
    offset += aligned(tensor.values.byteLength);
    return info;
  });
  const entries = Object.entries(metadata);
  const head = Buffer.concat([
    Buffer.from('GGUF'),
    uint32(VERSION),
    uint64(tensors.length),
    uint64(entries.length),
    ...entries.flatMap(([key, value]) => [text(key), renderValue(value)]),
    ...infos,
  ]);
  return Buffer.concat([padded(head), ...tensors.map(({ values }) => padded(bytesOf(values)))]);
}

function renderTensorInfo({ name, shape, values }: Tensor, offset: number): Buffer {
  const count = shape.reduce((product, length) => product * length, 1);
  if (count !== values.length)
    throw new Error(`${name} has ${values.length} numbers, not ${count}`);
  const sizes = shape.map(uint64);
  return Buffer.concat([
    ...[text(name), uint32(shape.length), ...sizes],
    ...[uint32(FLOAT32_TENSOR), uint64(offset)],
  ]);
}

function renderValue(value: GgufValue): Buffer {
  if (typeof value === 'string') return Buffer.concat([uint32(TYPE.string), text(value)]);
  if (typeof value === 'boolean') {
    return Buffer.concat([uint32(TYPE.boolean), Buffer.from([value ? 1 : 0])]);
  }
  if ('uint32' in value) return Buffer.concat([uint32(TYPE.uint32), uint32(value.uint32)]);
  if ('float32' in value) return Buffer.concat([uint32(TYPE.float32), float32(value.float32)]);
  if ('int32s' in value) return renderArray(TYPE.int32, value.int32s.map(int32));
  return renderArray(TYPE.string, value.map(text));
}
const renderArray = (type: number, items: readonly Buffer[]) =>
  Buffer.concat([uint32(TYPE.array), uint32(type), uint64(items.length), ...items]);

const bytesOf = (values: Float32Array) =>
  Buffer.from(values.buffer, values.byteOffset, values.byteLength);
const aligned = (length: number) => Math.ceil(length / ALIGNMENT) * ALIGNMENT;
const padded = (bytes: Buffer) =>
  Buffer.concat([bytes, Buffer.alloc(aligned(bytes.length) - bytes.length)]);

const uint32 = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};
const int32 = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
};
const float32 = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return bytes;
};
const uint64 = (value: number) => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
};
const text = (value: string) => {
  const bytes = Buffer.from(value);
  return Buffer.concat([uint64(bytes.length), bytes]);
};
