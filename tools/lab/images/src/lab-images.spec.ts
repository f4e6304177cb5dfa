import { describe, expect, it } from '@jest/globals';
import { images } from '../../doubles/images';
import { doubleImage, programs, realImages, withSecondTags } from './lab-images';

const layer = (name: string) => ({ file: `/${name}.tar`, digest: `sha256:${name}`, size: 1 });
const versions = {
  LITELLM_VERSION: '1.2.3',
  TRAEFIK_VERSION: '3.0.0',
  COREDNS_VERSION: '1.14.0',
  OPEN_WEBUI_TAG: 'v0',
  OLLAMA_TAG: '0.1',
  VLLM_TAG: 'v1',
  QDRANT_TAG: 'v2',
  IDP_TAG: '1',
  ECHO_TAG: '1.0.0',
};

describe('realImages', () => {
  const layers = {
    python: layer('python'),
    litellm: layer('litellm'),
    certs: layer('certs'),
    traefik: layer('traefik'),
    coredns: layer('coredns'),
    llama: layer('llama'),
    ollama: layer('ollama'),
    vllm: layer('vllm'),
    modelTrust: layer('modelTrust'),
    bookworm: layer('bookworm'),
    'open-webui': layer('open-webui'),
  };
  it("uses upstream's names and tags", () => {
    expect(realImages(versions, layers).map(({ name, tag }) => `${name}:${tag}`)).toEqual([
      'berriai/litellm:v1.2.3',
      'library/traefik:v3.0.0',
      'coredns/coredns:1.14.0',
      'ollama/ollama:0.1',
      'open-webui/open-webui:v0',
      'vllm/vllm-openai-cpu:v1',
    ]);
  });
  it.each(programs)('has no image of %s without its part', (program) => {
    const all = realImages(versions, layers);
    const without = realImages(versions, { ...layers, [program]: undefined });
    expect(all.filter(({ name }) => !without.some((image) => image.name === name))).toHaveLength(1);
  });
  it('leaves an image out when a part of it is missing', () => {
    const names = realImages(versions, { ...layers, litellm: undefined }).map(({ name }) => name);
    expect(names).toEqual([
      'library/traefik',
      'coredns/coredns',
      'ollama/ollama',
      'open-webui/open-webui',
      'vllm/vllm-openai-cpu',
    ]);
  });
});

describe('doubleImage', () => {
  it('has a name for every double', () => {
    const names = Object.entries(images('/s')).map(
      ([double, image]) => doubleImage(double, image, versions, []).name,
    );
    expect(names.sort()).toEqual([
      'ai-stack-lab/echo-double',
      'ai-stack-lab/idp-double',
      'qdrant/qdrant',
    ]);
  });
  it('refuses a double that has no name', () => {
    const [image] = Object.values(images('/s'));
    expect(() => doubleImage('x-double', image!, versions, [])).toThrow(/x-double/);
  });
});

describe('withSecondTags', () => {
  it('differs in the tag and one label only', () => {
    const [first, second] = withSecondTags(realImages(versions, { coredns: layer('coredns') }));
    expect(second).toEqual({
      ...first,
      tag: '1.14.0-lab2',
      config: { ...first?.config, Labels: { 'ai-stack.lab.second': 'true' } },
    });
  });
});
