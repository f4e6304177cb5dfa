import type { Blocked, Release } from '@ai-stack/core';
import { formatGiB, type GuardContext } from './guard';
import type { HostFacts } from '../../facts/host-facts';

/** More GPU memory promised to the services of this host than a device has. */
export function gpuOverCommitted(
  release: Release,
  facts: HostFacts,
  context: GuardContext,
): Blocked[] {
  const devices = [...new Set(release.gpuMemory.map(({ device }) => device))];
  return devices.flatMap((device) => {
    const claims = context.releasesOnHost.flatMap((one) =>
      one.gpuMemory.filter((claim) => claim.device === device),
    );
    const wanted = claims.reduce((sum, claim) => sum + claim.memoryGiB, 0);
    const seen = facts.details?.gpus.find((gpu) => gpu.index === device || gpu.uuid === device);
    const present = seen?.memoryGiB ?? context.gpus.find((gpu) => gpu.device === device)?.memoryGiB;
    if (present === undefined || wanted <= present) return [];
    const list = claims.map((claim) => `${claim.reason} ${claim.memoryGiB} GiB`).join(', ');
    return [
      {
        guard: 'gpu-over-committed',
        reason: `GPU ${device} of ${facts.host} has ${formatGiB(present)} GiB and is promised ${formatGiB(wanted)} (${list})`,
        fix: 'lower gpu.memoryGiB of a model, or move one to another device or host',
      },
    ];
  });
}

/** A service that needs a GPU on a host whose engine or driver offers none. */
export function lacksGpu(release: Release, facts: HostFacts): Blocked[] {
  if (release.gpuMemory.length === 0) return [];
  if (!facts.engine.hasNvidiaRuntime) {
    return [
      {
        guard: 'gpu-missing',
        reason: `the engine of ${facts.host} has no NVIDIA runtime, and ${release.service} needs a GPU`,
        fix: 'install the NVIDIA container toolkit there: nvidia-ctk runtime configure --runtime=docker',
      },
    ];
  }
  const gpus = facts.details?.gpus ?? [];
  if (gpus.length === 0) return [];
  return release.gpuMemory
    .filter(({ device }) => !gpus.some((gpu) => gpu.index === device || gpu.uuid === device))
    .map(({ device }) => ({
      guard: 'gpu-missing',
      reason: `${facts.host} has no GPU ${device}`,
      fix: `use one of ${gpus.map((gpu) => gpu.index).join(', ')} in hosts/${facts.host}.yaml`,
    }));
}
