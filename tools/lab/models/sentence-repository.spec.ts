import { describe, expect, it } from '@jest/globals';
import { renderSafetensors } from './safetensors';
import { END, sentenceModel } from './sentence-model';
import { renderSentenceRepository } from './sentence-repository';

const SENTENCE = 'One small answer.';
interface Described {
  dtype: string;
  shape: number[];
  data_offsets: [number, number];
}

/** The header of a safetensors file, and its numbers. */
function readSafetensors(file: Buffer) {
  const length = Number(file.readBigUInt64LE(0));
  const { __metadata__: metadata, ...tensors } = JSON.parse(
    file.subarray(8, 8 + length).toString(),
  ) as Record<string, Described>;
  return { length, metadata, tensors, numbers: file.subarray(8 + length) };
}

describe('renderSafetensors', () => {
  const model = sentenceModel(SENTENCE);
  const { length, metadata, tensors, numbers } = readSafetensors(renderSafetensors(model.weights));

  it('has each weight where its header says, one after the other', () => {
    expect(length % 8).toBe(0);
    expect(metadata).toEqual({ format: 'pt' });
    let end = 0;
    for (const [name, { shape, values }] of model.weights) {
      const { data_offsets: range, ...described } = tensors[name]!;
      expect(described).toEqual({ dtype: 'F32', shape });
      expect(range).toEqual([end, end + 4 * values.length]);
      expect(numbers.readFloatLE(range[0])).toBeCloseTo(values[0]!);
      end = range[1];
    }
    expect(numbers.length).toBe(end);
  });
});

describe('renderSentenceRepository', () => {
  const files = renderSentenceRepository(SENTENCE, 4096);
  const json = (name: string) => JSON.parse(files.get(name)!.toString()) as Record<string, unknown>;

  it('describes the model that the weights are of', () => {
    const { tensors } = readSafetensors(files.get('model.safetensors')!);
    const config = json('config.json');
    expect(config).toMatchObject({ model_type: 'qwen2', max_position_embeddings: 4096 });
    const [rows, columns] = tensors['lm_head.weight']!.shape;
    expect([config['vocab_size'], config['hidden_size']]).toEqual([rows, columns]);
    expect(Number(config['hidden_size']) / Number(config['num_attention_heads'])).toBe(32);
  });

  it('ends an answer with the token that the tokenizer has for it', () => {
    const { added_tokens: added } = json('tokenizer.json') as unknown as {
      added_tokens: { id: number; content: string }[];
    };
    const end = added.find(({ content }) => content === END)?.id;
    expect(json('config.json')['eos_token_id']).toBe(end);
    expect(json('generation_config.json')['eos_token_id']).toBe(end);
    expect(json('tokenizer_config.json')['eos_token']).toBe(END);
  });
});
