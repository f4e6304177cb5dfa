import {
  deniedHosts,
  mayNotAsk,
  mostCommon,
  noAnswer,
  surveyOf,
  type Evidence,
  type Finder,
  type Scene,
} from './finding';
import type { Survey, SurveyedContainer } from './survey';

const ownNetworks = ['bridge', 'host', 'none'];
const https = /:443(?:\/tcp)?$/;

/** The running Traefik of a host. */
export function traefikOf(survey: Survey): SurveyedContainer | undefined {
  const named = survey.containers.filter(({ image }) => /(?:^|\/)traefik(?::|@|$)/.test(image));
  return named[0] ?? survey.containers.find((container) => container.arguments.length > 0);
}

/** The network that Traefik shares with its containers: as it is told, or the only one it is in. */
export const findNetwork: Finder = (scene) =>
  withTraefik(scene, (survey, traefik) => {
    const configured =
      argument(traefik, /^--providers\.docker\.network=(.+)$/i) ??
      survey.traefikFiles.find(({ network }) => network !== undefined)?.network;
    if (configured !== undefined) {
      return { value: configured, lines: [`${at(survey, traefik)} is configured to use it`] };
    }
    const networks = traefik.networks.filter((name) => !ownNetworks.includes(name));
    const [only, ...others] = networks;
    if (only !== undefined && others.length === 0) {
      return { value: only, lines: [`${at(survey, traefik)} is only in this network`] };
    }
    const shared = survey.containers
      .filter(({ labels, name }) => labels['traefik.enable'] === 'true' && name !== traefik.name)
      .flatMap((container) => container.networks.filter((network) => networks.includes(network)));
    const best = mostCommon(shared);
    if (best !== undefined) {
      const evidence = `${best.count} containers that it routes to are in it`;
      return { value: best.value, lines: [`${at(survey, traefik)} is in it, and ${evidence}`] };
    }
    return noAnswer(
      `${at(survey, traefik)} is in ${networks.join(', ') || 'no network of its own'}`,
    );
  });

/** The entrypoint on port 443. */
export const findEntrypoint: Finder = (scene) =>
  withTraefik(scene, (survey, traefik) => {
    for (const flag of traefik.arguments) {
      const [, name, address] = /^--entrypoints\.([^.=]+)\.address=(.+)$/i.exec(flag) ?? [];
      if (name !== undefined && https.test(address ?? ''))
        return { value: name, lines: [`${at(survey, traefik)} runs with ${flag}`] };
    }
    for (const { path, entrypoints } of survey.traefikFiles) {
      const entry = Object.entries(entrypoints).find(([, address]) => https.test(address));
      if (entry !== undefined)
        return {
          value: entry[0],
          lines: [`${path} on ${survey.host}: ${entry[0]} is on ${entry[1]}`],
        };
    }
    return fromRouters(survey, 'entrypoints') ?? noAnswer(`no router on ${survey.host} names one`);
  });

/** The certificate resolver that the other routers use; null where Traefik's configuration has none. */
export const findCertResolver: Finder = (scene) =>
  withTraefik(scene, (survey, traefik) => {
    const used = fromRouters(survey, 'tls.certresolver');
    if (used !== undefined) return used;
    const names = traefik.arguments.flatMap(
      (flag) => /^--certificatesresolvers\.([^.=]+)/i.exec(flag)?.[1] ?? [],
    );
    const resolvers = [
      ...new Set([...names, ...survey.traefikFiles.flatMap((file) => file.resolvers)]),
    ];
    const [only, ...others] = resolvers;
    if (only !== undefined && others.length === 0)
      return { value: only, lines: [`it is the only one that ${at(survey, traefik)} has`] };
    if (only !== undefined) return noAnswer(`Traefik has ${resolvers.join(', ')}; choose one`);
    // A configuration that was seen and has none is evidence; one that was not seen is not.
    if (traefik.arguments.length > 0 || survey.traefikFiles.length > 0)
      return {
        value: null,
        lines: [`the configuration of ${at(survey, traefik)} has none, and no router names one`],
      };
    return noAnswer('look for certificatesResolvers in the configuration of Traefik; null: none');
  });

function withTraefik(
  scene: Scene,
  find: (survey: Survey, traefik: SurveyedContainer) => Evidence,
): Evidence {
  const survey = surveyOf(scene, scene.ingressHost);
  if (survey === undefined) {
    return noAnswer(`the host ${scene.ingressHost ?? 'of Traefik'} did not answer`);
  }
  const traefik = traefikOf(survey);
  if (traefik !== undefined) return find(survey, traefik);
  const denied = deniedHosts(scene);
  if (denied.includes(survey.host)) return mayNotAsk([survey.host]);
  const elsewhere = scene.surveys.find((candidate) => traefikOf(candidate) !== undefined);
  return noAnswer(
    elsewhere === undefined
      ? `no container on ${survey.host} is Traefik (docker: ${survey.engine})`
      : `Traefik runs on ${elsewhere.host}, not on ${survey.host}: correct host in ingress.yaml`,
  );
}

/** What most routers of a host say for one of their keys. */
function fromRouters(survey: Survey, key: string): Evidence | undefined {
  const pattern = new RegExp(
    `^traefik\\.http\\.routers\\.[^.]+\\.${key.replace('.', '\\.')}$`,
    'i',
  );
  const values = survey.containers
    .flatMap(({ labels }) => Object.entries(labels))
    .flatMap(([label, value]) => (pattern.test(label) ? value.split(',') : []))
    .map((value) => value.trim());
  const best = mostCommon(values);
  return (
    best && {
      value: best.value,
      lines: [`${best.count} of ${best.of} routers on ${survey.host} say ${key}=${best.value}`],
    }
  );
}

function argument(container: SurveyedContainer, pattern: RegExp): string | undefined {
  return container.arguments
    .map((flag) => pattern.exec(flag)?.[1])
    .find((value) => value !== undefined);
}

function at(survey: Survey, container: SurveyedContainer): string {
  return `${container.name} on ${survey.host}`;
}
