import { describe, expect, it } from '@jest/globals';
import {
  canonicalAddress,
  imageSchema,
  isInRange,
  machineAddressSchema,
  mirrorsSchema,
  rangesOverlap,
  subnet6Schema,
  subnetSchema,
  versionOfImage,
} from './scalars';

const digest = `@sha256:${'0'.repeat(64)}`;

describe('ranges', () => {
  it.each([
    ['10.2.0.0/16', '10.2.255.255', true],
    ['10.2.0.0/16', '10.3.0.0', false],
    ['0.0.0.0/0', '10.3.0.0', true],
    ['fd00:210::/64', 'fd00:210::12', true],
    ['fd00:210::/64', 'fd00:211::12', false],
    ['0.0.0.0/0', 'fd00::1', false],
    ['::/0', '10.0.0.1', false],
  ])('%s has %s: %s', (range, address, expected) => {
    expect(isInRange(range, address)).toBe(expected);
  });

  it.each([
    ['10.2.0.0/16', '10.2.3.0/24', true],
    ['10.2.3.0/24', '10.2.0.0/16', true],
    ['10.2.3.0/24', '10.2.4.0/24', false],
    ['10.2.0.0/16', 'fd00::/64', false],
  ])('%s and %s overlap: %s', (left, right, expected) => {
    expect(rangesOverlap(left, right)).toBe(expected);
  });

  it.each([
    ['10.210.0.0/24', true],
    ['10.0.0.0/8', true],
    ['172.30.128.0/17', true],
    ['10.210.0.16/28', true],
    ['10.210.0.1/24', false],
    ['172.30.128.0/16', false],
    ['10.210.0.0/29', false],
    ['0.0.0.0/0', false],
    ['10.210.0.0', false],
    ['10.210.0.256/24', false],
  ])('%s is a range for containers: %s', (range, expected) => {
    expect(subnetSchema.safeParse(range).success).toBe(expected);
  });

  it.each([
    ['fd00:210::/64', true],
    ['fd00:1:2:3::/64', true],
    ['fd00:1:2:3:4::/64', false],
    ['fd00:210::1/64', false],
    ['fd00:210::/80', false],
    ['10.210.0.0/24', false],
  ])('%s is one of IPv6: %s', (range, expected) => {
    expect(subnet6Schema.safeParse(range).success).toBe(expected);
  });
});

describe('an image', () => {
  it.each([
    ['ghcr.io/berriai/litellm:v1.108.7', '1.108.7'],
    ['ghcr.io/berriai/litellm:main-v1.80.5-stable', '1.80.5'],
    ['ollama/ollama:0.32.15', '0.32.15'],
    ['ollama/ollama:0.32.15-rocm', '0.32.15'],
    ['vllm/vllm-openai-cpu:v0.29.0', '0.29.0'],
    ['ghcr.io/goauthentik/server:2026.8.6', '2026.8.6'],
    ['registry.example.org:5000/qdrant/qdrant:v1.19.0', '1.19.0'],
    [`ollama/ollama:latest${digest}`, undefined],
    [`ghcr.io/open-webui/open-webui:v0.12.4${digest}`, '0.12.4'],
  ])('%s is pinned, to version %s', (image, version) => {
    expect(imageSchema.safeParse(image).error?.issues ?? []).toEqual([]);
    expect(versionOfImage(image)).toBe(version);
  });

  it.each([
    ...['latest', 'main', 'main-latest', 'main-stable', 'litellm_stable', 'stable', 'lts', 'rocm'],
    ...['cuda', 'nightly', 'v1', '1', 'v1.19', '0.32', 'main-v1.80', 'v0.12-cuda', 'git-f1e2d3c'],
    ...['cu128', 'x86_64-2', 'release-candidate', 'main-slim', 'edge-alpine'],
  ])('with the tag %s floats', (tag) => {
    const { error } = imageSchema.safeParse(`example/image:${tag}`);
    expect(error?.issues.map(({ message }) => message)).toEqual([
      `the tag ${tag} floats: pin a full version or a digest`,
    ]);
    expect(imageSchema.safeParse(`example/image:${tag}${digest}`).success).toBe(true);
  });

  it.each(['ollama/ollama', 'ollama/ollama@sha256:0', `ollama/ollama${digest}`, 'a b:1.2.3'])(
    '%s is not one with a tag',
    (image) => {
      expect(imageSchema.safeParse(image).success).toBe(false);
    },
  );
});

describe('the address of a machine', () => {
  it.each([
    '10.2.1.130',
    '192.0.2.1',
    '169.254.169.253',
    '223.255.255.254',
    'fd00::1',
    '2001:db8::1',
  ])('may be %s', (address) => {
    expect(machineAddressSchema.safeParse(address).error?.issues ?? []).toEqual([]);
  });

  it.each([
    ['0.0.0.0', 'every address of a machine'],
    ['::', 'every address of a machine'],
    ['0:0:0:0:0:0:0:0', 'every address of a machine'],
    ['127.0.0.53', 'the machine itself (loopback)'],
    ['::1', 'the machine itself (loopback)'],
    ['::ffff:127.0.0.1', 'the machine itself (loopback)'],
    ['239.1.2.3', 'many machines (multicast)'],
    ['ff02::1', 'many machines (multicast)'],
    ['255.255.255.255', 'all machines of a network (broadcast)'],
    ['febf::1', 'a machine on a network that it does not name (link-local)'],
    ['241.0.0.1', 'no machine (reserved)'],
  ])('is not %s: %s', (address, what) => {
    const { error } = machineAddressSchema.safeParse(address);
    expect(error?.issues.map(({ message }) => message)).toEqual([
      `the address of one machine, as others reach it; ${address} means ${what}`,
    ]);
  });

  it('has one spelling', () => {
    expect(canonicalAddress('FD00:0::1')).toBe(canonicalAddress('fd00:0:0:0::1'));
    expect(canonicalAddress('10.0.0.1')).toBe('10.0.0.1');
  });
});

describe('a registry mirror', () => {
  it.each([
    ['harbor.example.org/dockerhub'],
    ['gitlab.example.org/group/dependency_proxy/containers'],
    ['nexus.example.org:8443/repository/docker-group'],
    ['172.30.0.2:5000'],
    [{ 'docker.io': 'harbor.example.org/hub', 'ghcr.io': 'harbor.example.org/ghcr' }],
  ])('may be %j', (mirrors) => {
    expect(mirrorsSchema.safeParse(mirrors).success).toBe(true);
  });

  it.each([
    ['https://harbor.example.org'],
    ['harbor.example.org/'],
    ['harbor.example.org//x'],
    ['harbor.example.org/../x'],
    ['harbor.example.org/Hub'],
    ['harbor.example.org/x:1'],
    [{ 'https://docker.io': 'harbor.example.org' }],
    [{ 'docker.io': 'x y' }],
  ])('is not %j', (mirrors) => {
    expect(mirrorsSchema.safeParse(mirrors).success).toBe(false);
  });
});
