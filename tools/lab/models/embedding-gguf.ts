import { renderGguf } from './gguf';
import type { Tensor } from './gguf';
import { equalWeights, seededWeights } from './weights';

const HIDDEN = 768;
const LAYERS = 1;
const HEADS = 12;
const FEED_FORWARD = 64;
const MEAN_POOLING = 1;
const special = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'];
const characters = Array.from('abcdefghijklmnopqrstuvwxyz0123456789.,;:!?()-_/@#$%&*+=<>"\'');
const letters = characters.slice(0, 26);
const pairs = letters.flatMap((first) => letters.map((second) => first + second));

/**
 * An embedding model with 768 numbers a text, as llama.cpp reads it: random vectors for pieces of one or two
 * letters, averaged over the text, so that texts with the same words lie closer together.
 */
export function renderEmbeddingGguf(name: string, contextLength: number): Buffer {
  const pieces = [...characters, ...pairs];
  // A piece that starts a word has the mark of a space before it.
  const tokens = [...special, ...pieces.map((piece) => `\u2581${piece}`), ...pieces];
  const id = (token: string) => ({ uint32: tokens.indexOf(token) });
  return renderGguf(
    {
      'general.architecture': 'nomic-bert',
      'general.name': name,
      'general.file_type': { uint32: 0 },
      'nomic-bert.block_count': { uint32: LAYERS },
      'nomic-bert.context_length': { uint32: contextLength },
      'nomic-bert.embedding_length': { uint32: HIDDEN },
      'nomic-bert.feed_forward_length': { uint32: FEED_FORWARD },
      'nomic-bert.attention.head_count': { uint32: HEADS },
      'nomic-bert.attention.layer_norm_epsilon': { float32: 1e-12 },
      'nomic-bert.attention.causal': false,
      'nomic-bert.pooling_type': { uint32: MEAN_POOLING },
      'nomic-bert.rope.freq_base': { float32: 1000 },
      'tokenizer.ggml.model': 'bert',
      'tokenizer.ggml.token_type_count': { uint32: 2 },
      'tokenizer.ggml.tokens': tokens,
      'tokenizer.ggml.token_type': {
        int32s: tokens.map((token) => (special.includes(token) ? 3 : 1)),
      },
      'tokenizer.ggml.padding_token_id': id('[PAD]'),
      'tokenizer.ggml.unknown_token_id': id('[UNK]'),
      'tokenizer.ggml.bos_token_id': id('[CLS]'),
      'tokenizer.ggml.cls_token_id': id('[CLS]'),
      'tokenizer.ggml.eos_token_id': id('[SEP]'),
      'tokenizer.ggml.seperator_token_id': id('[SEP]'),
      'tokenizer.ggml.mask_token_id': id('[MASK]'),
    },
    tensorsOf(tokens.length),
  );
}

function tensorsOf(vocabulary: number): Tensor[] {
  const noise = seededWeights(2);
  const matrix = (name: string, columns: number, rows: number, spread: number): Tensor => ({
    name: `${name}.weight`,
    shape: [columns, rows],
    values: noise(columns * rows, spread),
  });
  const norm = (name: string): Tensor[] => [
    { name: `${name}.weight`, shape: [HIDDEN], values: equalWeights(HIDDEN, 1) },
    { name: `${name}.bias`, shape: [HIDDEN], values: equalWeights(HIDDEN, 0) },
  ];
  const layers = Array.from({ length: LAYERS }, (_, layer) => [
    matrix(`blk.${layer}.attn_qkv`, HIDDEN, 3 * HIDDEN, 0.01),
    matrix(`blk.${layer}.attn_output`, HIDDEN, HIDDEN, 0.01),
    ...norm(`blk.${layer}.attn_output_norm`),
    matrix(`blk.${layer}.ffn_gate`, HIDDEN, FEED_FORWARD, 0.01),
    matrix(`blk.${layer}.ffn_up`, HIDDEN, FEED_FORWARD, 0.01),
    matrix(`blk.${layer}.ffn_down`, FEED_FORWARD, HIDDEN, 0.01),
    ...norm(`blk.${layer}.layer_output_norm`),
  ]);
  return [
    matrix('token_embd', HIDDEN, vocabulary, 1),
    matrix('token_types', HIDDEN, 2, 0.01),
    ...norm('token_embd_norm'),
    ...layers.flat(),
  ];
}
