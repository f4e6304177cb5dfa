import { createHash } from 'node:crypto';
import { renderEmbeddingGguf } from './embedding-gguf';
import { renderSentenceGguf } from './sentence-gguf';

/** What the lab's Ollama answers to every question. */
export const OLLAMA_SENTENCE =
  'This answer was computed by Ollama, with a tiny model that the lab made.';

/** A model as a registry of Ollama's keeps it: a manifest, and blobs by digest. */
export interface StoredModel {
  readonly manifest: Buffer;
  readonly blobs: ReadonlyMap<string, Buffer>;
}

const MEDIA = 'application/vnd.ollama.image';
// Qwen's own form of a chat; `.Tools` in it is how Ollama sees that the model can use tools.
const TEMPLATE = `{{- if or .System .Tools }}<|im_start|>system
{{ .System }}
{{- if .Tools }}
<tools>
{{- range .Tools }}
{{ . }}
{{- end }}
</tools>
{{- end }}<|im_end|>
{{ end }}
{{- range .Messages }}<|im_start|>{{ .Role }}
{{ .Content }}
{{- range .ToolCalls }}
<tool_call>
{"name": "{{ .Function.Name }}", "arguments": {{ .Function.Arguments }}}
</tool_call>
{{- end }}<|im_end|>
{{ end }}<|im_start|>assistant
`;

/** Whether a name is one of an embedding model; all others chat. */
export const isEmbedding = (name: string): boolean => /embed|bge|minilm/.test(name);

/** The lab's stand-in for the published model of that name: tiny, and the same each time. */
export function renderModel(name: string): StoredModel {
  const [family, layers] = isEmbedding(name) ? embeddingLayers(name) : chatLayers(name);
  const config = Buffer.from(
    JSON.stringify({
      model_format: 'gguf',
      model_family: family,
      model_families: [family],
      model_type: 'tiny',
      file_type: 'F32',
      architecture: 'amd64',
      os: 'linux',
      rootfs: { type: 'layers', diff_ids: layers.map(([, content]) => digestOf(content)) },
    }),
  );
  const manifest = {
    schemaVersion: 2,
    mediaType: 'application/vnd.docker.distribution.manifest.v2+json',
    config: describe('application/vnd.docker.container.image.v1+json', config),
    layers: layers.map(([part, content]) => describe(`${MEDIA}.${part}`, content)),
  };
  const contents = [config, ...layers.map(([, content]) => content)];
  return {
    manifest: Buffer.from(JSON.stringify(manifest)),
    blobs: new Map(contents.map((content) => [digestOf(content), content])),
  };
}

type Layers = [family: string, layers: (readonly [part: string, content: Buffer])[]];

function chatLayers(name: string): Layers {
  const layers = [
    ['model', renderSentenceGguf(name, OLLAMA_SENTENCE, 32768)],
    ['template', Buffer.from(TEMPLATE)],
    ['params', Buffer.from(JSON.stringify({ stop: ['<|im_start|>', '<|im_end|>'] }))],
  ] as const;
  return ['qwen2', [...layers]];
}

function embeddingLayers(name: string): Layers {
  return ['nomic-bert', [['model', renderEmbeddingGguf(name, 2048)]]];
}

const describe = (mediaType: string, content: Buffer) => ({
  mediaType,
  digest: digestOf(content),
  size: content.length,
});
const digestOf = (content: Buffer) =>
  `sha256:${createHash('sha256').update(content).digest('hex')}`;
