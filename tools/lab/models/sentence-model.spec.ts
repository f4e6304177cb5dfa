import { describe, expect, it } from '@jest/globals';
import { readGguf } from './fixtures/read-gguf';
import { renderEmbeddingGguf } from './embedding-gguf';
import { renderSentenceGguf } from './sentence-gguf';
import { END, sentenceModel } from './sentence-model';
import { visible } from './byte-pairs';

const SENTENCE = 'One small answer.';

describe('sentenceModel', () => {
  const { tokens, specialTokens, weights, hidden } = sentenceModel(SENTENCE);
  const all = [...tokens, ...specialTokens];
  const row = (weight: string, token: string) => {
    const at = all.indexOf(token) * hidden;
    return weights.get(weight)?.values.subarray(at, at + hidden) ?? new Float32Array();
  };
  /** The likeliest next token when nothing but the token's own embedding speaks. */
  const next = (token: string) => {
    const embedding = row('model.embed_tokens.weight', token);
    const scores = all.map((word) =>
      row('lm_head.weight', word).reduce(
        (sum, weight, at) => sum + weight * (embedding[at] ?? 0),
        0,
      ),
    );
    return all[scores.indexOf(Math.max(...scores))];
  };

  it('goes through the sentence word by word, from anything else to its start', () => {
    const chain = ['One', ' small', ' answer.'].map(visible);
    expect(chain.map(next)).toEqual([...chain.slice(1), END]);
    expect(['x', visible('\n'), visible(' the')].map(next)).toEqual([chain[0], chain[0], chain[0]]);
  });

  it('has weights of the shapes that they say', () => {
    for (const { shape, values } of weights.values()) {
      expect(values.length).toBe(shape.reduce((product, length) => product * length, 1));
    }
  });

  it('refuses a sentence in which a word is twice', () => {
    expect(() => sentenceModel('to be or not to be')).toThrow(/each word may stand once/);
  });
});

describe('the GGUF files', () => {
  it('of the sentence has as many rows as tokens, and the context length asked for', () => {
    const { metadata, tensors } = readGguf(renderSentenceGguf('tiny', SENTENCE, 4096));
    const tokens = metadata['tokenizer.ggml.tokens'] as string[];
    expect(metadata).toMatchObject({
      'general.architecture': 'qwen2',
      'general.name': 'tiny',
      'qwen2.context_length': 4096,
    });
    expect(tokens[metadata['tokenizer.ggml.eos_token_id'] as number]).toBe(END);
    expect(metadata['tokenizer.ggml.token_type']).toHaveLength(tokens.length);
    const shapes = Object.fromEntries(tensors.map(({ name, shape }) => [name, shape]));
    expect(shapes).toMatchObject({
      'token_embd.weight': [64, tokens.length],
      'output.weight': [64, tokens.length],
      'blk.1.attn_k.weight': [64, 32],
      'blk.1.ffn_down.weight': [128, 64],
    });
  });

  it('of the embeddings has 768 numbers a token and a mark for each special one', () => {
    const { metadata, tensors } = readGguf(renderEmbeddingGguf('tiny', 512));
    const tokens = metadata['tokenizer.ggml.tokens'] as string[];
    expect(tensors.find(({ name }) => name === 'token_embd.weight')?.shape).toEqual([
      768,
      tokens.length,
    ]);
    expect(tokens[metadata['tokenizer.ggml.cls_token_id'] as number]).toBe('[CLS]');
    expect(new Set(tokens).size).toBe(tokens.length);
  });
});
