import type { HostForDiscovery } from '@ai-stack/inventory';
import { noAnswer, surveyOf, type Finder, type Scene } from './finding';
import type { SurveyedGpu } from './survey';

/** A host's address: where our connection reached it, else what the other hosts resolve its name to. */
export const findAddress: Finder = (scene, { file }) => {
  const host = hostOfFile(scene, file);
  if (host === undefined) return noAnswer('its fqdn is not known yet');
  const survey = surveyOf(scene, host.name);
  const own = survey?.addresses.map(({ address }) => address) ?? [];
  const resolved = resolvedBy(scene, host);
  if (survey?.reachedAt !== undefined) {
    const reached = survey.addresses.find(({ address }) => address === survey.reachedAt);
    const others = own.filter((address) => address !== survey.reachedAt);
    return {
      value: survey.reachedAt,
      lines: [
        `the connection to ${host.fqdn} reached this address` +
          (reached ? ` (${reached.interface})` : ''),
        ...resolved.map(
          ({ by, addresses }) => `${by} resolves ${host.fqdn} to ${addresses.join(', ')}`,
        ),
        ...(others.length > 0 ? [`the host also has ${others.join(', ')}`] : []),
      ],
    };
  }
  const [first] = resolved;
  const [address, ...more] = first?.addresses ?? [];
  if (first !== undefined && address !== undefined && more.length === 0)
    return {
      value: address,
      lines: [`${first.by} resolves ${host.fqdn} to it; the host itself was not reached`],
    };
  return noAnswer(`${host.fqdn} was not reached, and no other host resolves it to one address`);
};

/** A host's GPUs, as nvidia-smi lists them. */
export const findGpus: Finder = (scene, { file }) => {
  const host = hostOfFile(scene, file);
  const survey = surveyOf(scene, host?.name);
  if (survey === undefined)
    return noAnswer('the host did not answer; nvidia-smi -L lists them there');
  if (survey.gpus.length > 0)
    return {
      value: survey.gpus.map(({ device, memoryGiB }) => ({ device, memoryGiB })),
      lines: survey.gpus.map((gpu) => `nvidia-smi on ${survey.host}: ${describe(gpu)}`),
    };
  return noAnswer(
    survey.gpuDevices.length > 0
      ? `${survey.gpuDevices.join(', ')} on ${survey.host}, but nvidia-smi does not answer: install the driver`
      : `${survey.host} has neither nvidia-smi nor GPU devices; write [] if it has no GPU`,
  );
};

/** A model's GPU, where its hosts have one each and call it the same. */
export const findModelDevice: Finder = (scene, { file }) => {
  const name = nameOf(file);
  const model = scene.models.find((candidate) => candidate.name === name);
  const hosts = scene.hosts.filter(
    (host) =>
      host.services.includes(model?.engine ?? '') && (model?.hosts?.includes(host.name) ?? true),
  );
  const surveys = hosts.map((host) => surveyOf(scene, host.name));
  const gpus = surveys.flatMap((survey) => survey?.gpus ?? []);
  const devices = new Set(gpus.map(({ device }) => device));
  const single = surveys.every((survey) => survey?.gpus.length === 1);
  const [device] = devices;
  const where = hosts.map((host) => host.name).join(', ');
  if (device !== undefined && single && devices.size === 1)
    return {
      value: device,
      lines: [`${where} has this one GPU: ${gpus.map(describe).join('; ')}`],
    };
  return noAnswer(
    gpus.length === 0
      ? `no GPU was seen on ${where || 'any host with its engine'}`
      : `choose by memory on ${where}: ${gpus.map(describe).join('; ')}`,
  );
};

/** The servers that the DNS host asks today; never itself. */
export const findUpstreams: Finder = (scene) => {
  const survey = surveyOf(scene, scene.dnsHost);
  if (survey === undefined)
    return noAnswer('the DNS host did not answer; see its /etc/resolv.conf');
  const own = [
    ...survey.addresses.map(({ address }) => address),
    ...scene.hosts.flatMap(({ name, address }) =>
      name === survey.host && address !== undefined ? [address] : [],
    ),
  ];
  const value = survey.nameservers.filter((address) => !own.includes(address));
  if (value.length > 0) {
    const uses = `${survey.host} uses them now, in this order (resolv.conf)`;
    const order = 'the order counts: the next one is asked only while those before it are down';
    return { value, lines: value.length > 1 ? [uses, order] : [uses] };
  }
  return noAnswer(
    survey.nameservers.length > 0
      ? `${survey.host} uses only itself; look where its DNS server forwards to`
      : `${survey.host} names no server; use that of your router or provider`,
  );
};

/** The operator's own DNS server, with `mode: none`: the one that every host asks first today. */
export const findServer: Finder = ({ surveys }) => {
  const firsts = surveys.map(({ host, nameservers: [first] }) => ({ host, first }));
  const [server] = firsts.flatMap(({ first }) => first ?? []);
  if (server !== undefined && firsts.every(({ first }) => first === server))
    return {
      value: server,
      lines: [`${firsts.map(({ host }) => host).join(', ')} ask it first (resolv.conf)`],
    };
  return noAnswer(
    ...firsts.map(({ host, first }) => `${host} asks ${first ?? 'no server of the network'} first`),
  );
};

function resolvedBy(scene: Scene, { name, fqdn }: HostForDiscovery) {
  return scene.surveys
    .filter((survey) => survey.host !== name)
    .flatMap((survey) =>
      survey.resolved
        .filter((entry) => entry.name === fqdn)
        .map(({ addresses }) => ({ by: survey.host, addresses })),
    );
}

function hostOfFile(scene: Scene, file: string): HostForDiscovery | undefined {
  return scene.hosts.find((host) => host.file === file);
}

function nameOf(file: string): string {
  return (
    file
      .split('/')
      .at(-1)
      ?.replace(/\.yaml$/, '') ?? ''
  );
}

function describe({ device, memoryGiB, model }: SurveyedGpu): string {
  return `${device}: ${model}, ${memoryGiB} GiB`;
}
