import { expect, it } from '@jest/globals';
import type { Release } from '@ai-stack/core';
import { renderService } from '@ai-stack/render';
import { newlyOpenRoutes } from '../../libs/deploy/src/plan/open-routes';
import { emptyFacts, sampleContainer } from '../../libs/deploy/fixtures/sample-release';
import { definitions, labEnvironment } from '@ai-stack/testing/sample-environment';

it('has forward-auth in front unless told otherwise, each service by itself', () => {
  const lab = labEnvironment();
  const services = lab.services.map((entry) =>
    entry.contract.name === 'open-webui'
      ? { ...entry, options: { ...(entry.options as object), forwardAuth: false } }
      : entry,
  );
  const of = (environment: typeof lab, service: string) =>
    renderService(environment, service, definitions[service]!)[0]!;
  const label = (service: string) =>
    `traefik.http.routers.${service}.middlewares: authentik@docker`;
  const composeOf = (release: Release) => release.files[0]!.content;
  const [before, after] = [of(lab, 'open-webui'), of({ ...lab, services }, 'open-webui')];
  expect(composeOf(before)).toContain(label('open-webui'));
  expect(composeOf(after)).not.toContain('authentik@docker');
  const litellm = of({ ...lab, services }, 'litellm');
  const compose = litellm.files.find(({ path }) => path.endsWith('/compose.yaml'))!.content;
  expect(compose).toContain(label('litellm'));

  const login = after.probes.find(({ id }) => id === 'open-webui/login');
  expect(login).toMatchObject({ expect: { status: [200] } });
  expect(after.probes.map(({ id }) => id)).not.toContain('open-webui/login-chain');
  expect(litellm.probes.map(({ id }) => id)).toContain('litellm/login-chain');

  const running = sampleContainer(before, {
    service: 'open-webui',
    labels: { [label('open-webui').split(': ')[0]!]: 'authentik@docker' },
  });
  const facts = { ...emptyFacts(), engine: { ...emptyFacts().engine, containers: [running] } };
  expect(newlyOpenRoutes(after, facts)).toEqual([
    'https://chat.lab.example, which requires a login now',
  ]);
  expect(newlyOpenRoutes(before, facts)).toEqual([]);
});

// What the probes see of a real login: tools/lab/doubles/idp/login-probes.spec.ts.
it('names the bindings, which no probe sees, for Open WebUI and for the forward-auth in front', () => {
  const { probes } = renderService(labEnvironment(), 'open-webui', definitions['open-webui']!)[0]!;
  const unseen = probes.flatMap((probe) => probe.unseen ?? []);
  expect(unseen).toEqual([
    expect.stringMatching(/the application open-webui .* bound to the groups chat and chat-admins/),
    expect.stringMatching(/chat\.lab\.example \(forward-auth\) must be bound/),
  ]);
});
