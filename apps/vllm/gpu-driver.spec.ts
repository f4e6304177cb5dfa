import { describe, expect, it } from '@jest/globals';
import { gpuDriverOf } from './gpu-driver';

describe('the driver that an image of vLLM needs', () => {
  it.each([
    ['vllm/vllm-openai:v0.29.0', 580],
    ['docker.io/vllm/vllm-openai:v0.20.0', 580],
    ['vllm/vllm-openai:v0.29.0-cu130', 580],
    ['vllm/vllm-openai:v0.29.0-cu129', 575],
    [`vllm/vllm-openai:v0.21.0-cu129@sha256:${'0'.repeat(64)}`, 575],
    ['vllm/vllm-openai:v0.12.0', 575],
    ['vllm/vllm-openai:v0.9.2', 570],
    ['vllm/vllm-openai:v0.8.5', undefined],
    ['vllm/vllm-openai-cpu:v0.29.0', undefined],
    ['example.org/own-vllm:v0.29.0', undefined],
    [`vllm/vllm-openai:latest@sha256:${'0'.repeat(64)}`, undefined],
  ])('%s: %s', (image, atLeast) => {
    expect(gpuDriverOf(image)?.atLeast).toBe(atLeast);
  });

  it('names the tag for older drivers', () => {
    const { fix } = gpuDriverOf('vllm/vllm-openai:v0.29.0') ?? {};
    expect(fix).toContain('set image: vllm/vllm-openai:v0.29.0-cu129 (driver 575 or newer)');
    expect(gpuDriverOf('vllm/vllm-openai:v0.29.0-cu130')?.fix).toBe(fix);
    expect(gpuDriverOf('vllm/vllm-openai:v0.12.0')?.fix).toContain('an earlier version');
  });
});
