import type { Host, Model } from '@ai-stack/core';
import { servedNameOf } from '@ai-stack/render';

interface EngineOptions {
  engine: 'gpu' | 'cpu';
  /** As Docker writes a size. */
  contextMemory: string;
  compile: boolean;
  shutdownSeconds: number;
  maxSequences?: number | undefined;
  extraArguments: string[];
}

/** Arguments of `vllm serve` for one model; the key is an environment variable, never an argument. */
export function vllmArguments(model: Model, host: Host, options: EngineOptions): string[] {
  const { engine, contextMemory, shutdownSeconds, maxSequences, extraArguments } = options;
  return [
    model.id,
    ...['--served-model-name', servedNameOf(model)],
    ...['--max-model-len', String(model.contextLength)],
    ...['--dtype', 'auto'],
    ...(engine === 'cpu'
      ? ['--kv-cache-memory-bytes', sizeOf(contextMemory)]
      : gpuShare(model, host)),
    ...(model.revision === undefined ? [] : ['--revision', model.revision]),
    ...(maxSequences === undefined ? [] : ['--max-num-seqs', String(maxSequences)]),
    ...toolArguments(model),
    ...(options.compile ? [] : ['--enforce-eager']),
    ...['--shutdown-timeout', String(shutdownSeconds)],
    '--disable-fastapi-docs',
    ...extraArguments,
  ];
}

/** A size as vLLM reads it: to Docker `g` is 2^30, to vLLM 10^9, and `G` is 2^30. */
const sizeOf = (size: string) => size.toUpperCase();

/** The declared memory as the share of its device that vLLM asks for, rounded down to whole percents. */
function gpuShare({ gpu }: Model, { gpus }: Host): string[] {
  const device = gpus.find(({ device: id }) => id === gpu?.device);
  if (gpu === undefined || device === undefined) return [];
  const percent = Math.floor((gpu.memoryGiB / device.memoryGiB) * 100);
  return ['--gpu-memory-utilization', (Math.min(percent, 99) / 100).toFixed(2)];
}

function toolArguments({ tools, toolCallParser }: Model): string[] {
  if (!tools || toolCallParser === undefined) return [];
  return ['--enable-auto-tool-choice', '--tool-call-parser', toolCallParser];
}
