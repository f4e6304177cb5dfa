import { renderGguf } from './gguf';
import type { Tensor } from './gguf';
import { END, PAD, sentenceModel } from './sentence-model';
import type { SentenceModel } from './sentence-model';

const CONTROL = 3;
const NORMAL = 1;

/** The sentence model as llama.cpp reads it. */
export function renderSentenceGguf(name: string, sentence: string, contextLength: number): Buffer {
  const model = sentenceModel(sentence);
  const tokens = [...model.tokens, ...model.specialTokens];
  return renderGguf(
    {
      'general.architecture': 'qwen2',
      'general.name': name,
      'general.file_type': { uint32: 0 },
      'qwen2.block_count': { uint32: model.layers },
      'qwen2.context_length': { uint32: contextLength },
      'qwen2.embedding_length': { uint32: model.hidden },
      'qwen2.feed_forward_length': { uint32: model.feedForward },
      'qwen2.attention.head_count': { uint32: model.heads },
      'qwen2.attention.head_count_kv': { uint32: model.keyValueHeads },
      'qwen2.attention.layer_norm_rms_epsilon': { float32: 1e-6 },
      'qwen2.rope.freq_base': { float32: 1e6 },
      'tokenizer.ggml.model': 'gpt2',
      'tokenizer.ggml.pre': 'qwen2',
      'tokenizer.ggml.tokens': tokens,
      'tokenizer.ggml.token_type': {
        int32s: tokens.map((token) => (model.specialTokens.includes(token) ? CONTROL : NORMAL)),
      },
      'tokenizer.ggml.merges': model.merges,
      'tokenizer.ggml.eos_token_id': { uint32: tokens.indexOf(END) },
      'tokenizer.ggml.padding_token_id': { uint32: tokens.indexOf(PAD) },
      'tokenizer.ggml.add_bos_token': false,
    },
    tensorsOf(model),
  );
}

const ggufNames: readonly (readonly [RegExp, string])[] = [
  [/^model\.embed_tokens/, 'token_embd'],
  [/^model\.norm/, 'output_norm'],
  [/^lm_head/, 'output'],
  [/^model\.layers\.(\d+)\.input_layernorm/, 'blk.$1.attn_norm'],
  [/^model\.layers\.(\d+)\.post_attention_layernorm/, 'blk.$1.ffn_norm'],
  [/^model\.layers\.(\d+)\.self_attn\.([qkv])_proj/, 'blk.$1.attn_$2'],
  [/^model\.layers\.(\d+)\.self_attn\.o_proj/, 'blk.$1.attn_output'],
  [/^model\.layers\.(\d+)\.mlp\.(gate|up|down)_proj/, 'blk.$1.ffn_$2'],
];

function tensorsOf({ weights }: SentenceModel): Tensor[] {
  return [...weights].map(([long, { shape, values }]) => {
    const [pattern, short = ''] = ggufNames.find(([item]) => item.test(long)) ?? [];
    if (pattern === undefined) throw new Error(`GGUF has no name for ${long}`);
    return { name: long.replace(pattern, short), shape: [...shape].reverse(), values };
  });
}
