import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { parse } from 'yaml';
import { renderedFiles } from '@ai-stack/testing/golden';
import { prodSamples } from '@ai-stack/testing/inventory-environment';
import { Isolated, waitFor } from '../isolated';
import { containerOf, onHost, stack } from '../lab';

jest.setTimeout(600_000);

type Labels = Record<string, string>;
interface Router {
  name: string;
  status: string;
  rule: string;
  priority: number;
  entryPoints: string[];
  middlewares?: string[];
  service: string;
  tls?: { certResolver?: string };
  error?: string[];
}
const services = ['litellm', 'open-webui'] as const;

/** What compose gives the container of a service for Traefik. */
function labelsOf(service: string, environment: 'lab' | 'prod'): Labels {
  const files = Object.entries(renderedFiles(service, environment));
  const text = files.find(([path]) => path.endsWith('/compose.yaml'))?.[1] ?? '';
  const compose = parse(text) as { services: Record<string, { labels: Labels }> };
  const labels = Object.entries(compose.services[service]?.labels ?? {});
  return Object.fromEntries(labels.filter(([key]) => key.startsWith('traefik.')));
}

/** The routers that labels mean, as Traefik's API shows one that it accepted. */
function routersIn(labels: Labels): Router[] {
  const names = Object.keys(labels).flatMap(
    (key) => /^traefik\.http\.routers\.([^.]+)\.rule$/.exec(key)?.[1] ?? [],
  );
  return names.sort().map((name) => {
    const of = (key: string) => labels[`traefik.http.routers.${name}.${key}`];
    const certResolver = of('tls.certresolver');
    return {
      name: `${name}@docker`,
      status: 'enabled',
      rule: of('rule') ?? '',
      priority: Number(of('priority')),
      entryPoints: [of('entrypoints') ?? ''],
      middlewares: (of('middlewares') ?? '')
        .split(',')
        .map((item) => (item.includes('@') ? item : `${item}@docker`)),
      service: of('service') ?? '',
      tls: { options: 'default', ...(certResolver && { certResolver }) },
    };
  });
}

/** A router as the API shows it, without what Traefik adds to each. */
function essence(router: Router): Partial<Router> {
  const { name, status, rule, priority, entryPoints, middlewares, service, tls, error } = router;
  const described = { name, status, rule, priority, entryPoints, middlewares, service, tls };
  return { ...described, ...(error && { error }) };
}

describe('the real Traefik', () => {
  beforeAll(async () => {
    expect(await stack(process.cwd(), 'deploy')).toMatchObject({ code: 0 });
  });

  describe('with the labels of lab', () => {
    const labels = Object.assign({}, ...services.map((name) => labelsOf(name, 'lab'))) as Labels;
    const wanted = routersIn(labels);
    const api = async <T>(path: string) => {
      const url = `http://traefik:8080/api/http/${path}`;
      return JSON.parse(
        await onHost('trusted', 'docker', 'exec', 'edge-idp-1', 'curl', '-fsS', url),
      ) as T;
    };

    it('has every rendered router as we mean it, the one with the key above the one with the login', async () => {
      const names = wanted.map(({ name }) => name);
      expect(names).toEqual(['litellm@docker', 'litellm-api@docker', 'open-webui@docker']);
      // It collects changes for two seconds before it acts.
      const routers = await waitFor(
        () => api<Router[]>('routers?per_page=100'),
        (all) => names.every((name) => all.some((router) => router.name === name)),
        20,
      );
      const ours = names.map((name) => essence(routers.find((item) => item.name === name)!));
      expect(ours).toEqual(wanted);
      expect(routers.filter(({ error }) => error)).toEqual([]);
    });

    it.each(services)(
      'sends what is for %s to its one container, at the rendered port',
      async (name) => {
        const address = await onHost(
          'trusted',
          ...['docker', 'inspect', '-f', '{{.NetworkSettings.Networks.traefik.IPAddress}}'],
          await containerOf('trusted', name),
        );
        const port = labels[`traefik.http.services.${name}.loadbalancer.server.port`];
        const server = `http://${address.trim()}:${port}`;
        const users = wanted.filter(({ service }) => service === name);
        expect(await api(`services/${name}@docker`)).toMatchObject({
          status: 'enabled',
          loadBalancer: { servers: [{ url: server }] },
          serverStatus: { [server]: 'UP' },
          usedBy: users.map((router) => router.name).sort(),
        });
      },
    );

    it('limits the rate of the router with the key alone', async () => {
      const limit = (key: string) =>
        labels[`traefik.http.middlewares.litellm-api-rate.ratelimit.${key}`];
      expect(await api('middlewares/litellm-api-rate@docker')).toMatchObject({
        status: 'enabled',
        rateLimit: { average: Number(limit('average')), burst: Number(limit('burst')) },
        usedBy: ['litellm-api@docker'],
      });
    });
  });

  // A second Traefik without a network, on the host that has none; its containers do nothing but carry labels.
  describe('with the labels of prod', () => {
    const alone = new Isolated('management', 'traefik');
    const network = String(prodSamples['ingress.network']);
    const entrypoint = String(prodSamples['ingress.entrypoint']);
    const resolver = String(prodSamples['ingress.certResolver']);
    const wrongs = {
      rule: ['rule', 'Hots(`chat.homehub.dk`)'],
      middleware: ['middlewares', 'nobody@docker'],
      entrypoint: ['entrypoints', 'nowhere'],
      resolver: ['tls.certresolver', 'nobody'],
      key: ['prioritty', '100'],
    } as const;

    /** Prod's labels of Open WebUI under another name, with one of them wrong. */
    const wrongLabels = (name: keyof typeof wrongs): Labels => {
      const [key, value] = wrongs[name];
      const other = Object.entries(labelsOf('open-webui', 'prod')).map(([label, text]) =>
        [label, text].map((item) => item.replace('open-webui', `wrong-${name}`)),
      );
      const labels = Object.fromEntries(other) as Labels;
      return { ...labels, [`traefik.http.routers.wrong-${name}.${key}`]: value };
    };
    const carry = (part: string, labels: Labels) =>
      alone.startIdle(part, [
        ...['--network', network, '--label', 'contract.seen=yes'],
        ...Object.entries(labels).flatMap(([key, value]) => ['--label', `${key}=${value}`]),
      ]);
    const routers = async () => {
      const url = 'http://127.0.0.1:8080/api/http/routers?per_page=100';
      const { out } = await alone.exec('idle', 'curl', '-fsS', url);
      return JSON.parse(out || '[]') as Router[];
    };
    let shown: Router[];
    beforeAll(async () => {
      await alone.remove();
      await alone.createNetwork(network);
      await alone.startIdle('idle');
      // Authentik's own container defines it there.
      await carry('authentik', {
        'traefik.enable': 'true',
        'traefik.http.middlewares.authentik.forwardauth.address': 'http://127.0.0.1:9000/',
        'traefik.http.services.authentik.loadbalancer.server.port': '9000',
      });
      for (const name of services) await carry(name, labelsOf(name, 'prod'));
      for (const name of Object.keys(wrongs) as (keyof typeof wrongs)[])
        await carry(`wrong-${name}`, wrongLabels(name));
      const image = await onHost(
        'trusted',
        ...['docker', 'inspect', '-f', '{{.Config.Image}}', 'edge-traefik-1'],
      );
      const acme = `--certificatesresolvers.${resolver}.acme`;
      await alone.start(
        'traefik',
        image.trim(),
        [
          ...['--network', `container:${alone.nameOf('idle')}`, '--tmpfs', '/acme'],
          ...['-v', '/var/run/docker.sock:/var/run/docker.sock:ro'],
        ],
        [
          ...['--global.checkNewVersion=false', '--global.sendAnonymousUsage=false'],
          ...['--api.insecure=true', '--providers.docker=true', '--log.nocolor=true'],
          ...['--providers.docker.exposedByDefault=false', `--providers.docker.network=${network}`],
          '--providers.docker.constraints=Label(`contract.seen`, `yes`)',
          `--entrypoints.${entrypoint}.address=:443`,
          // Nobody listens there, and nothing leaves the container.
          ...[`${acme}.caserver=https://127.0.0.1:9/`, `${acme}.email=nobody@lab.test`],
          ...[`${acme}.storage=/acme/acme.json`, `${acme}.tlschallenge=true`],
        ],
      );
      shown = await waitFor(
        () => routers(),
        (all) => services.every((item) => all.some(({ name }) => name === `${item}@docker`)),
        30,
      );
    });
    afterAll(() => alone.remove());

    it('has every rendered router as we mean it, without an error', async () => {
      const wanted = services.flatMap((name) => routersIn(labelsOf(name, 'prod')));
      const names = wanted.map(({ name }) => name);
      expect(shown.filter(({ name }) => names.includes(name)).map(essence)).toEqual(wanted);
      for (const name of names) {
        const complaints = new RegExp(
          `nonexistent.*routerName=${name}|routerName=${name}.*nonexistent`,
        );
        expect(await alone.logs('traefik')).not.toMatch(complaints);
      }
    });

    it.each([
      ['rule', /unsupported function: Hots/],
      ['middleware', /middleware "nobody@docker" does not exist/],
      ['entrypoint', /nowhere/],
    ])('would say that a %s is wrong', (name, complaint) => {
      const router = shown.find((item) => item.name === `wrong-${name}@docker`);
      expect(router?.status).toBe('disabled');
      expect(router?.error?.join(' ')).toMatch(complaint);
    });

    it('would say in its log that a resolver or a key is wrong', async () => {
      const log = await alone.logs('traefik');
      expect(log).toMatch(/wrong-resolver@docker.*nonexistent|nonexistent.*wrong-resolver@docker/);
      expect(log).toMatch(/field not found, node: prioritty/);
      expect(shown.map(({ name }) => name)).not.toContain('wrong-key@docker');
    });
  });
});
