import type { ModelFinding, ServedModel } from '@ai-stack/core';

/** vLLM serves one model on a host, and has to know the notation of a model's tool calls. */
export function checkModels(models: readonly ServedModel[]): ModelFinding[] {
  return [...checkOneForEachHost(models), ...models.flatMap(checkTools)];
}

function checkOneForEachHost(models: readonly ServedModel[]): ModelFinding[] {
  const hosts = new Set(models.flatMap((one) => one.hosts));
  return [...hosts].sort().flatMap((host) => {
    const [first, ...others] = models.filter((one) => one.hosts.includes(host));
    return others.map(({ model }): ModelFinding => ({
      model: model.name,
      key: 'hosts',
      what: `vLLM serves one model a host, and ${host} has ${first?.model.name ?? ''} already`,
      fix: 'name different hosts in the two files, or serve one of them with ollama',
    }));
  });
}

function checkTools({ model: { name, tools, toolCallParser } }: ServedModel): ModelFinding[] {
  if (tools === (toolCallParser !== undefined)) return [];
  if (!tools) {
    const fix = 'add tools: true, or remove it';
    return [{ model: name, key: 'toolCallParser', what: 'a parser without tools', fix }];
  }
  const what = 'vLLM has to know the notation of the tool calls';
  return [
    { model: name, key: 'tools', what, fix: 'add toolCallParser, such as hermes for Qwen2.5' },
  ];
}
