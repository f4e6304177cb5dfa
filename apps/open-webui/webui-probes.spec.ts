import { expect, it } from '@jest/globals';
import { renderService } from '@ai-stack/render';
import { definitions, labEnvironment } from '../../tools/checks/fixtures/sample-environment';

// What the probes see of a real login: tools/lab/doubles/login-probes.spec.ts.
it('names the bindings, which no probe sees, for Open WebUI and for the forward-auth in front', () => {
  const { probes } = renderService(labEnvironment(), 'open-webui', definitions['open-webui']!)[0]!;
  const unseen = probes.flatMap((probe) => probe.unseen ?? []);
  expect(unseen).toEqual([
    expect.stringMatching(/the application open-webui .* bound to the groups chat and chat-admins/),
    expect.stringMatching(/chat\.lab\.example \(forward-auth\) must be bound/),
  ]);
});
