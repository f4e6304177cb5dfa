import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { parse } from 'yaml';
import { renderedFiles } from '@ai-stack/testing/golden';
import { askGateway } from '../gateway';
import { Isolated, waitFor } from '../isolated';
import { containerOf, onHost, stack } from '../lab';

jest.setTimeout(600_000);

interface Deployment {
  model_name: string;
  litellm_params: { model: string; api_base: string };
  model_info: { id: string; mode: string; max_input_tokens: number };
}
interface Compose {
  services: {
    litellm: {
      command: string[];
      environment: Record<string, string>;
      healthcheck: { test: string[] };
    };
  };
}

/** The rendered file of the gateway whose path ends so. */
function rendered(environment: 'lab' | 'prod', end: string): string {
  const files = Object.entries(renderedFiles('litellm', environment));
  return files.find(([path]) => path.endsWith(end))?.[1] ?? '';
}
function rendersOf(environment: 'lab' | 'prod'): Deployment[] {
  return (parse(rendered(environment, '/config.yaml')) as { model_list: Deployment[] }).model_list;
}

/** What matters of a deployment, in the rendered file as in LiteLLM's answer. */
function essence({ model_name, litellm_params, model_info }: Deployment) {
  const { model, api_base } = litellm_params;
  const { id, mode, max_input_tokens } = model_info;
  return { model_name, model, api_base, id, mode, max_input_tokens };
}
const namesOf = (text: string) =>
  (JSON.parse(text) as { data: { id: string }[] }).data.map(({ id }) => id).sort();
const deploymentsOf = (text: string) =>
  (JSON.parse(text) as { data: Deployment[] }).data.map(essence);

describe('the real LiteLLM', () => {
  beforeAll(async () => {
    expect(await stack(process.cwd(), 'deploy')).toMatchObject({ code: 0 });
  });

  describe('with the files of lab', () => {
    it('has taken every rendered deployment, and no other', async () => {
      const { status, text } = await askGateway('/v1/model/info');
      expect(status).toBe(200);
      expect(deploymentsOf(text)).toEqual(rendersOf('lab').map(essence));
    });

    it('lists exactly the names of the rendered deployments', async () => {
      const { text } = await askGateway('/v1/models');
      expect(namesOf(text)).toEqual(rendersOf('lab').map(({ model_name }) => model_name));
    });

    it('says who failed when the only engine of a model does not answer, and stays in service', async () => {
      const body = { model: 'nomic-embed-text', input: 'x' };
      await onHost('management', 'docker', 'stop', '-t', '1', 'ai-ollama-ollama-1');
      const failed = await askGateway('/v1/embeddings', body);
      await onHost('management', 'docker', 'start', 'ai-ollama-ollama-1');
      expect(failed).toMatchObject({ status: 500 });
      expect(failed.text).toMatch(/Cannot connect to host ollama\.lab\.test/);
      // One failure of a lone deployment must not lock its model out for the cooldown.
      const again = () => askGateway('/v1/embeddings', body);
      await waitFor(again, ({ status }) => status === 200, 20);
    });
  });

  // In a container of its own without a network: prod's engines are never asked.
  describe('with the files of prod', () => {
    const { command, environment, healthcheck } = (
      parse(rendered('prod', '/compose.yaml')) as Compose
    ).services.litellm;
    const alone = new Isolated('trusted', 'litellm');
    const key = 'sk-0123456789';
    const script = `import sys, urllib.request as r
ask = r.Request('http://127.0.0.1:4000' + sys.argv[1], headers={'Authorization': 'Bearer ${key}'})
print(r.urlopen(ask, timeout=10).read().decode())`;
    const askAlone = async (path: string) => {
      const ran = await alone.exec('gateway', 'python3', '-c', script, path);
      expect(ran).toMatchObject({ code: 0 });
      return ran.out;
    };
    beforeAll(async () => {
      await alone.remove();
      const directory = await alone.write('config/config.yaml', rendered('prod', '/config.yaml'));
      const image = await onHost(
        'trusted',
        ...['docker', 'inspect', '-f', '{{.Config.Image}}'],
        await containerOf('trusted', 'litellm'),
      );
      const given = Object.entries(environment).flatMap(([name, value]) => [
        '-e',
        `${name}=${value.startsWith('${') ? key : value}`,
      ]);
      const rights = ['--cap-drop', 'ALL', '--security-opt', 'no-new-privileges:true'];
      const options = [...rights, ...given, '-v', `${directory}:/app/config:ro`];
      await alone.start('gateway', image.trim(), options, command);
    });
    afterAll(() => alone.remove());

    it('becomes healthy by the rendered check, and says nothing', async () => {
      const [, ...check] = healthcheck.test;
      await waitFor(
        () => alone.exec('gateway', ...check),
        ({ code }) => code === 0,
        180,
      );
      expect(await alone.logs('gateway')).not.toMatch(/error|exception|traceback/i);
    });

    it('has taken every rendered deployment, and lists exactly their names', async () => {
      expect(deploymentsOf(await askAlone('/model/info'))).toEqual(rendersOf('prod').map(essence));
      expect(namesOf(await askAlone('/v1/models'))).toEqual(
        rendersOf('prod').map(({ model_name }) => model_name),
      );
    });
  });
});
