import {
  modelsOf,
  type HttpStep,
  type Model,
  type Probe,
  type RenderContext,
} from '@ai-stack/core';

const container = { project: 'ai-ollama', container: 'ollama' };
const url = 'http://ollama:11434';

/**
 * That each model with `gpu` is in the memory of the GPU as a whole: one that Ollama loads after the container lost its
 * GPU runs on the CPU, and answers all the same. None where no model of the host has `gpu`.
 */
export function gpuProbes({ environment, host }: RenderContext): Probe[] {
  const models = modelsOf(environment, 'ollama', host.name).filter(({ gpu }) => gpu !== undefined);
  if (models.length === 0) return [];
  const name = 'ai-ollama-ollama-1';
  return [
    {
      id: `ollama/gpu@${host.name}`,
      level: 'inference',
      service: 'ollama',
      vantage: `host:${host.name}`,
      title: `the models of Ollama on ${host.name} are on the GPU`,
      fix:
        `on ${host.name}: docker exec ${name} nvidia-smi. If that fails, the container has lost the GPU: docker restart ${name}, ` +
        `and apps/ollama/README.md ("All answers are slow") says how it stays. If it works, see docker logs ${name}: a model that ` +
        `does not fit needs a smaller id or contextLength`,
      ask: { kind: 'http-sequence', steps: models.flatMap(stepsOf) },
      expect: {},
    },
  ];
}

/** Loads a model as the gateway does, with its own context, since Ollama would load it again for another; then looks. */
function stepsOf(model: Model): HttpStep[] {
  const { id, publicName, kind, contextLength } = model;
  const asked = { model: id, options: { num_ctx: contextLength } };
  const [path, body] =
    kind === 'embedding'
      ? ['/api/embed', { ...asked, input: 'yes', truncate: false }]
      : ['/api/generate', { ...asked, stream: false }];
  return [
    {
      name: `load ${publicName}`,
      ask: {
        kind: 'http',
        method: 'POST',
        url: `${url}${path}`,
        container,
        body,
        timeoutSeconds: 300,
      },
      expect: { status: [200] },
    },
    {
      name: `where ${publicName} is`,
      ask: { kind: 'http', method: 'GET', url: `${url}/api/ps`, container },
      expect: {
        status: [200],
        json: [
          {
            path: 'models[]',
            where: { key: 'name', equals: taggedName(id) },
            equalKeys: ['size_vram', 'size'],
          },
        ],
      },
    },
  ];
}

/** The name by which Ollama lists a model. */
export function taggedName(id: string): string {
  return id.includes(':') ? id : `${id}:latest`;
}
