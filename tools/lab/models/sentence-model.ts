import { bytePairsOf, visible } from './byte-pairs';
import type { BytePairs } from './byte-pairs';
import { equalWeights, seededWeights } from './weights';

/** A tiny model of the Qwen2 family, independent of the file format that it is written in. */
export interface SentenceModel extends BytePairs {
  readonly specialTokens: readonly string[];
  readonly hidden: number;
  readonly layers: number;
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly feedForward: number;
  /** By the names of Qwen2's checkpoints; rows by columns, the columns in parallel. */
  readonly weights: ReadonlyMap<string, Weight>;
}
export interface Weight {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

export const PAD = '<|endoftext|>';
export const START = '<|im_start|>';
export const END = '<|im_end|>';

const HIDDEN = 64;
const LAYERS = 2;
// 32 numbers a head: the least that a quantized cache takes.
const HEADS = 2;
const KEY_VALUE_HEADS = 1;
const FEED_FORWARD = 128;
const NOISE = 0.02;
const CERTAINTY = 4;

// Frequent words make prompts shorter: a byte is a token otherwise.
const frequentWords =
  'the of and to in is you that it for on are with as this be or from have by not what all can your which context answer use user query question document source language system assistant'
    .split(' ')
    .flatMap((word) => [word, ` ${word}`]);

/**
 * A model that answers every question with the same sentence: attention and feed-forward are noise, but each word's
 * embedding is an axis of its own, along which the output finds the next word. After anything that is not a word of the
 * sentence comes its first word. Throws when a word is in it twice.
 */
export function sentenceModel(sentence: string): SentenceModel {
  const words = sentence.split(/(?= )/);
  const chain = words.map(visible);
  if (new Set(chain).size !== chain.length || chain.length >= HIDDEN) {
    throw new Error(`each word may stand once, and at most ${HIDDEN - 1} of them: ${sentence}`);
  }
  const { tokens, merges } = bytePairsOf([...words, ...frequentWords]);
  const specialTokens = [PAD, START, END];
  const all = [...tokens, ...specialTokens];
  return {
    ...{ tokens, merges, specialTokens },
    ...{ hidden: HIDDEN, layers: LAYERS, heads: HEADS, keyValueHeads: KEY_VALUE_HEADS },
    feedForward: FEED_FORWARD,
    weights: weightsOf(all, chain),
  };
}

function weightsOf(tokens: readonly string[], chain: readonly string[]): Map<string, Weight> {
  const noise = seededWeights(1);
  const weights = new Map<string, Weight>();
  const random = (name: string, rows: number, columns: number) =>
    weights.set(name, { shape: [rows, columns], values: noise(rows * columns, NOISE) });
  const vector = (name: string, values: Float32Array) =>
    weights.set(name, { shape: [values.length], values });
  const keyValues = (HIDDEN / HEADS) * KEY_VALUE_HEADS;
  random('model.embed_tokens.weight', tokens.length, HIDDEN);
  for (let layer = 0; layer < LAYERS; layer += 1) {
    const name = (part: string) => `model.layers.${layer}.${part}`;
    vector(name('input_layernorm.weight'), equalWeights(HIDDEN, 1));
    vector(name('post_attention_layernorm.weight'), equalWeights(HIDDEN, 1));
    for (const [part, rows] of [
      ['q', HIDDEN],
      ['k', keyValues],
      ['v', keyValues],
    ] as const) {
      random(name(`self_attn.${part}_proj.weight`), rows, HIDDEN);
      vector(name(`self_attn.${part}_proj.bias`), noise(rows, NOISE));
    }
    random(name('self_attn.o_proj.weight'), HIDDEN, HIDDEN);
    random(name('mlp.gate_proj.weight'), FEED_FORWARD, HIDDEN);
    random(name('mlp.up_proj.weight'), FEED_FORWARD, HIDDEN);
    random(name('mlp.down_proj.weight'), HIDDEN, FEED_FORWARD);
  }
  vector('model.norm.weight', equalWeights(HIDDEN, 1));
  random('lm_head.weight', tokens.length, HIDDEN);
  writeChain(weights, tokens, [...chain, END]);
  return weights;
}

/** Token `chain[at]` gets axis `at + 1`, all others axis 0; the output of `chain[at]` looks along axis `at`. */
function writeChain(
  weights: ReadonlyMap<string, Weight>,
  tokens: readonly string[],
  chain: readonly string[],
): void {
  const embeddings = weights.get('model.embed_tokens.weight')?.values;
  const outputs = weights.get('lm_head.weight')?.values;
  if (embeddings === undefined || outputs === undefined) throw new Error('there are no weights');
  tokens.forEach((token, row) => {
    const at = chain.indexOf(token);
    const axis = token === END ? 0 : at + 1;
    embeddings[row * HIDDEN + axis] = 1;
    if (at >= 0) outputs[row * HIDDEN + at] = CERTAINTY;
  });
}
