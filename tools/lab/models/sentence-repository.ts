import { renderSafetensors } from './safetensors';
import { END, PAD, sentenceModel, START } from './sentence-model';
import type { SentenceModel } from './sentence-model';

// Qwen's own form of a chat, with tools as Hermes writes them.
const CHAT_TEMPLATE = `{%- if tools %}<|im_start|>system
{%- for tool in tools %}
{{ tool | tojson }}
{%- endfor %}<|im_end|>
{% endif %}
{%- for message in messages %}<|im_start|>{{ message.role }}
{{ message.content }}<|im_end|>
{% endfor %}
{%- if add_generation_prompt %}<|im_start|>assistant
{% endif %}`;
// How Qwen splits a text before it looks for pairs.
const WORDS =
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

/** The sentence model as the files of a repository of Hugging Face's hub, by name. */
export function renderSentenceRepository(
  sentence: string,
  contextLength: number,
): ReadonlyMap<string, Buffer> {
  const model = sentenceModel(sentence);
  const json = (value: object) => Buffer.from(`${JSON.stringify(value, null, 2)}\n`);
  return new Map([
    ['config.json', json(configOf(model, contextLength))],
    ['generation_config.json', json({ do_sample: false, ...endOf(model) })],
    ['model.safetensors', renderSafetensors(model.weights)],
    ['tokenizer.json', json(tokenizerOf(model))],
    ['tokenizer_config.json', json(tokenizerSettings(contextLength))],
  ]);
}

const idOf = ({ tokens, specialTokens }: SentenceModel, token: string) =>
  tokens.length + specialTokens.indexOf(token);
const endOf = (model: SentenceModel) => ({
  eos_token_id: idOf(model, END),
  pad_token_id: idOf(model, PAD),
});

function configOf(model: SentenceModel, contextLength: number): object {
  return {
    architectures: ['Qwen2ForCausalLM'],
    model_type: 'qwen2',
    torch_dtype: 'float32',
    vocab_size: model.tokens.length + model.specialTokens.length,
    hidden_size: model.hidden,
    intermediate_size: model.feedForward,
    num_hidden_layers: model.layers,
    num_attention_heads: model.heads,
    num_key_value_heads: model.keyValueHeads,
    max_position_embeddings: contextLength,
    hidden_act: 'silu',
    rms_norm_eps: 1e-6,
    rope_theta: 1e6,
    tie_word_embeddings: false,
    ...endOf(model),
  };
}

function tokenizerOf(model: SentenceModel): object {
  const bytes = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: false };
  const split = { type: 'Split', pattern: { Regex: WORDS }, behavior: 'Isolated', invert: false };
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: model.specialTokens.map((content) => ({
      id: idOf(model, content),
      content,
      special: true,
      ...{ single_word: false, lstrip: false, rstrip: false, normalized: false },
    })),
    normalizer: { type: 'NFC' },
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [split, { ...bytes, use_regex: false }],
    },
    post_processor: { ...bytes, use_regex: false },
    decoder: { ...bytes, use_regex: false },
    model: {
      type: 'BPE',
      vocab: Object.fromEntries(model.tokens.map((token, id) => [token, id])),
      merges: model.merges,
    },
  };
}

const tokenizerSettings = (contextLength: number) => ({
  tokenizer_class: 'Qwen2Tokenizer',
  model_max_length: contextLength,
  add_bos_token: false,
  bos_token: null,
  eos_token: END,
  pad_token: PAD,
  additional_special_tokens: [START, END],
  chat_template: CHAT_TEMPLATE,
});
