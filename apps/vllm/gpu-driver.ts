import { versionOfImage, type GpuDriverNeed } from '@ai-stack/core';

/** CUDA of an official image, by a suffix of its tag, and the driver that came with it. */
const cudaDrivers: Readonly<Record<string, number>> = { cu128: 570, cu129: 575, cu130: 580 };
/** CUDA of the tags without a suffix, from a version on; the newest first. */
const plainTags: readonly [since: string, cuda: string][] = [
  ['0.20.0', 'cu130'],
  ['0.11.1', 'cu129'],
  ['0.9.0', 'cu128'],
];

/** The driver that an official image for GPUs needs, and the tag for older ones; undefined where it is not known. */
export function gpuDriverOf(image: string): GpuDriverNeed | undefined {
  const [, name, tag] = /^(.*\/vllm-openai):([^@]+)/.exec(image) ?? [];
  const version = versionOfImage(image);
  if (name === undefined || tag === undefined || version === undefined) return undefined;
  const suffix = /-(cu\d+)$/.exec(tag)?.[1];
  const cuda = suffix ?? plainTags.find(([since]) => isSince(version, since))?.[1];
  const atLeast = cudaDrivers[cuda ?? ''];
  if (atLeast === undefined) return undefined;
  const upgrade = 'upgrade the driver on the host (nvidia-smi shows its version)';
  // The project builds each version since 0.20.0 for CUDA 12.9, too.
  const older =
    cuda === 'cu130' && isSince(version, '0.20.0')
      ? `set image: ${name}:${tag.replace(/-cu130$/, '')}-cu129 (driver ${cudaDrivers['cu129']} or newer)`
      : 'set image to an earlier version';
  const compatible = 'on a data-centre GPU set cudaCompatibility: true';
  return { atLeast, fix: `${older} in the options of vllm, or ${upgrade}; ${compatible}` };
}

function isSince(version: string, since: string): boolean {
  return version.localeCompare(since, 'en', { numeric: true }) >= 0;
}
