import { formatGiB, type Guard } from './guard';

/** More GPU memory assigned to the services of this host than a device has. */
export const gpuOverCommitted: Guard = {
  name: 'gpu-over-committed',
  isOverridable: true,
  check: (release, facts, context) => {
    const devices = [...new Set(release.gpuMemory.map(({ device }) => device))];
    return devices.flatMap((device) => {
      const claims = context.releasesOnHost.flatMap((onHost) =>
        onHost.gpuMemory.filter((claim) => claim.device === device),
      );
      const wanted = claims.reduce((sum, claim) => sum + claim.memoryGiB, 0);
      const matchingGpu = facts.details?.gpus.find(
        (gpu) => gpu.index === device || gpu.uuid === device,
      );
      const present =
        matchingGpu?.memoryGiB ?? context.gpus.find((gpu) => gpu.device === device)?.memoryGiB;
      if (present === undefined || wanted <= present) return [];
      const list = claims.map((claim) => `${claim.reason} ${claim.memoryGiB} GiB`).join(', ');
      return [
        {
          reason: `GPU ${device} of ${facts.host} has ${formatGiB(present)} GiB, and ${formatGiB(wanted)} GiB are assigned to it (${list})`,
          fix:
            `free ${formatGiB(wanted - present)} GiB: an id with fewer bits (q4_K_M, AWQ, GPTQ) or a smaller contextLength, and then ` +
            'less gpu.memoryGiB; another device or host for a model; no gpu in its file, for the CPU; or one engine off',
        },
      ];
    });
  },
};

/** A service that needs a GPU on a host whose engine or driver offers none. */
export const lacksGpu: Guard = {
  name: 'gpu-missing',
  isOverridable: true,
  check: (release, facts) => {
    if (release.gpuMemory.length === 0) return [];
    if (!facts.engine.hasNvidiaRuntime) {
      return [
        {
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
        reason: `${facts.host} has no GPU ${device}`,
        fix: `use one of ${gpus.map((gpu) => gpu.index).join(', ')} in hosts/${facts.host}.yaml`,
      }));
  },
};

/** A driver that is older than the one which the program of an image needs: its container would end after a long pull. */
export const gpuDriverTooOld: Guard = {
  name: 'gpu-driver',
  isOverridable: true,
  check: ({ service, gpuDriver }, facts) => {
    const driver = facts.details?.gpuDriver;
    if (gpuDriver === undefined || driver === undefined) return [];
    if (Number(driver.split('.')[0]) >= gpuDriver.atLeast) return [];
    return [
      {
        reason: `the NVIDIA driver of ${facts.host} is ${driver}, and the image of ${service} needs ${gpuDriver.atLeast} or newer`,
        fix: gpuDriver.fix,
      },
    ];
  },
};
