import {
  deniedHosts,
  mayNotAsk,
  noAnswer,
  type Evidence,
  type Finder,
  type Scene,
} from './finding';
import type { Survey, SurveyedContainer } from './survey';

/** Where Authentik answers: the public name of the container of the forward-auth middleware. */
export const findLoginUrl: Finder = (scene) => {
  for (const { survey, container, why } of loginContainers(scene)) {
    const host = publicHostOf(container);
    if (host !== undefined)
      return {
        value: `https://${host}`,
        lines: [why, `its router on ${survey.host} answers for ${host}`],
      };
  }
  const forward = forwardAddress(scene);
  if (forward !== undefined && /^https:\/\/[^/]+\//.test(forward.address)) {
    const value = new URL(forward.address).origin;
    return { value, lines: [`${forward.label}=${forward.address} on ${forward.host}`] };
  }
  const login = loginUrls(scene)[0];
  if (login !== undefined)
    return { value: new URL(login.url).origin, lines: [`${login.container} logs users in there`] };
  return notFound(
    scene,
    forward === undefined
      ? 'no container declares the forward-auth middleware; look for the address of your Authentik'
      : `the middleware asks ${forward.address}, which is not a public address`,
  );
};

/** The slug of a service's application, from a container that uses it already. */
export const findSlug: Finder = (scene, { path }) => {
  const service = String(path.at(-1));
  const matching = loginUrls(scene).filter(
    ({ container, image }) => container.includes(service) || image.includes(service),
  );
  for (const { url, container } of matching) {
    const slug = /\/application\/o\/([A-Za-z0-9_-]+)\//.exec(url)?.[1];
    if (slug !== undefined) return { value: slug, lines: [`${container} logs users in at ${url}`] };
  }
  return notFound(
    scene,
    `no container shows it: in Authentik, Applications → the one for ${service} → Slug ` +
      '(make one with a provider when there is none)',
  );
};

/** A container that was not found may run on a host that was not asked, which is all there is to say of Traefik's own. */
function notFound(scene: Scene, text: string): Evidence {
  const denied = deniedHosts(scene);
  if (denied.length === 0) return noAnswer(text);
  const { lines } = mayNotAsk(denied);
  return denied.includes(scene.ingressHost ?? '') ? noAnswer(...lines) : noAnswer(text, ...lines);
}

/** Groups are a decision: who may use the chat. */
export const findGroup: Finder = () =>
  noAnswer(
    'no host shows it: in Authentik, Directory → Groups → the name (make one when there is none)',
  );

interface LoginContainer {
  survey: Survey;
  container: SurveyedContainer;
  why: string;
}

function loginContainers(scene: Scene): LoginContainer[] {
  const all = scene.surveys.flatMap((survey) =>
    survey.containers.map((container) => ({ survey, container })),
  );
  const declaring = all.flatMap(({ survey, container }) => {
    const label = Object.keys(container.labels).find((key) => forwardAuth(scene).test(key));
    if (label === undefined) return [];
    const why = `${container.name} on ${survey.host} declares ${label}=${container.labels[label] ?? ''}`;
    return [{ survey, container, why }];
  });
  const named = all.flatMap(({ survey, container }) =>
    /goauthentik\//.test(container.image)
      ? [{ survey, container, why: `${container.name} on ${survey.host} runs ${container.image}` }]
      : [],
  );
  return [...declaring, ...named];
}

/** The one host name of a container's routers; those that only carry the outpost's path are passed over. */
function publicHostOf(container: SurveyedContainer): string | undefined {
  const rules = Object.entries(container.labels).flatMap(([key, rule]) =>
    /^traefik\.http\.routers\.[^.]+\.rule$/i.test(key) && !rule.includes('outpost.goauthentik.io')
      ? [rule]
      : [],
  );
  const hosts = rules.flatMap((rule) =>
    [...rule.matchAll(/\bHost\(\s*[`"']([a-z0-9.-]+)[`"']\s*\)/gi)].map((match) => match[1] ?? ''),
  );
  const [host, ...others] = [...new Set(hosts)];
  return others.length === 0 ? host : undefined;
}

function forwardAddress(scene: Scene) {
  return scene.surveys
    .flatMap((survey) => survey.containers.map(({ labels }) => ({ host: survey.host, labels })))
    .flatMap(({ host, labels }) =>
      Object.entries(labels)
        .filter(([label]) => forwardAuth(scene).test(label))
        .map(([label, address]) => ({ host, label, address })),
    )[0];
}

function forwardAuth({ middleware }: Scene): RegExp {
  const name = middleware?.replaceAll(/[^A-Za-z0-9_-]/g, '') ?? '[^.]+';
  return new RegExp(`^traefik\\.http\\.middlewares\\.${name}\\.forwardauth\\.address$`, 'i');
}

function loginUrls(scene: Scene): { url: string; container: string; image: string }[] {
  return scene.surveys
    .flatMap((survey) => survey.containers.map((container) => ({ survey, container })))
    .flatMap(({ survey, container: { name, image, loginUrl } }) =>
      loginUrl !== undefined && URL.canParse(loginUrl)
        ? [{ url: loginUrl, container: `${name} on ${survey.host}`, image }]
        : [],
    );
}
