import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  readHostsForDiscovery,
  readOpenKeys,
  workspaceRoot,
  type OpenKey,
} from '@ai-stack/inventory';
import { runbookWorkspace } from '@ai-stack/testing/runbook';
import { findAnswers } from './find-answers';
import type { Scene } from './finding';
import { noteHost } from './note-host';
import { parseSurvey } from './parse-survey';
import { readScene } from './read-scene';
import type { Survey } from './survey';

const root = workspaceRoot();
const runbook = runbookWorkspace();
afterAll(() => rmSync(runbook, { recursive: true }));
const directory = 'tools/stack/src/discover/fixtures';
const recorded = (name: string) => readFileSync(join(root, directory, `${name}.txt`), 'utf8');
const survey = (environment: string, host: string) =>
  parseSurvey(host, recorded(`${environment}-${host}`));

/** The open keys of prod and a user's two machines: Traefik with a file, Authentik, one GPU. */
function answersOf(change: (surveys: Survey[]) => Survey[] = (same) => same) {
  const surveys = change([survey('user', 'trusted'), survey('user', 'management')]);
  const scene: Scene = {
    ...readScene(runbook, 'prod'),
    hosts: readHostsForDiscovery(runbook, 'prod'),
    surveys,
  };
  const { findings, unanswered } = findAnswers(scene, openKeys);
  const short = (file: string, key: string) => `${file.replace(/.*\/prod\//, '')} ${key}`;
  return {
    values: Object.fromEntries(findings.map(({ file, key, value }) => [short(file, key), value])),
    seen: Object.fromEntries(
      findings.map(({ file, key, evidence }) => [short(file, key), evidence]),
    ),
    open: Object.fromEntries(unanswered.map(({ file, key, hints }) => [short(file, key), hints])),
  };
}

let openKeys: OpenKey[] = [];
beforeAll(() => {
  openKeys = readOpenKeys(runbook, 'prod');
});
const editTrusted = (change: (item: Survey) => Survey) => (surveys: Survey[]) =>
  surveys.map((item) => (item.host === 'trusted' ? change(item) : item));
const editManagement = (change: (item: Survey) => Survey) => (surveys: Survey[]) =>
  surveys.map((item) => (item.host === 'management' ? change(item) : item));

describe('the open keys of prod', () => {
  it.each([
    [['10.2.1.1', '9.9.9.9'], /the order counts/],
    [['10.2.1.1'], /^((?!the order counts).)*$/],
  ])('say of upstreams %j whether their order counts', (nameservers, words) => {
    const { seen } = answersOf(editTrusted((survey) => ({ ...survey, nameservers })));
    expect(JSON.stringify(seen['dns.yaml upstreams'])).toMatch(words);
  });

  it('are answered from two machines as users have them', () => {
    const { values, open } = answersOf();
    expect(values).toEqual({
      'dns.yaml upstreams': ['10.2.1.1', '9.9.9.9'],
      'ingress.yaml network': 'traefik_proxy',
      'ingress.yaml entrypoint': 'secure',
      'ingress.yaml certResolver': 'letsEncrypt',
      'sso.yaml url': 'https://login.homehub.dk',
      'sso.yaml applications.open-webui': 'openwebui',
      'hosts/management.yaml address': '10.2.1.140',
      'hosts/management.yaml gpus': [{ device: '0', memoryGiB: 23.9 }],
      'models/nomic-embed-text.yaml gpu.device': '0',
      'models/qwen2.5-7b-instruct.yaml gpu.device': '0',
      'models/qwen2.5-coder.yaml gpu.device': '0',
    });
    expect(Object.keys(open)).toEqual([
      'sso.yaml applications.litellm',
      'sso.yaml groups.users',
      'sso.yaml groups.admins',
    ]);
  });

  it('come with their evidence', () => {
    const { seen } = answersOf();
    expect(seen['ingress.yaml network']).toEqual([
      'traefik on trusted is in it, and 2 containers that it routes to are in it',
    ]);
    expect(seen['ingress.yaml entrypoint']).toEqual([
      '/srv/docker/traefik/traefik.yml on trusted: secure is on :443',
    ]);
    expect(seen['ingress.yaml certResolver']).toEqual([
      '2 of 2 routers on trusted say tls.certresolver=letsEncrypt',
    ]);
    expect(seen['hosts/management.yaml address']).toEqual([
      'the connection to srv-prod-1.prx-prod-2.homehub.dk reached this address (enp5s0)',
      'trusted resolves srv-prod-1.prx-prod-2.homehub.dk to 10.2.1.140',
      'the host also has 10.99.0.2',
    ]);
    expect(seen['hosts/management.yaml gpus']).toEqual([
      'nvidia-smi on management: 0: NVIDIA GeForce RTX 4090, 23.9 GiB',
    ]);
  });

  it.each([
    [
      'several GPUs',
      editManagement((item) => ({
        ...item,
        gpus: [...item.gpus, { device: '1', memoryGiB: 12, model: 'B' }],
      })),
      'models/qwen2.5-coder.yaml gpu.device',
      'choose by memory on management: 0: NVIDIA GeForce RTX 4090, 23.9 GiB; 1: B, 12 GiB',
    ],
    [
      'no GPU',
      editManagement((item) => ({ ...item, gpus: [], gpuDevices: [] })),
      'hosts/management.yaml gpus',
      'neither nvidia-smi nor GPU devices',
    ],
    [
      'a GPU without driver',
      editManagement((item) => ({ ...item, gpus: [] })),
      'hosts/management.yaml gpus',
      '/dev/nvidia0 on management, but nvidia-smi does not answer',
    ],
    [
      'no Traefik',
      editTrusted((item) => ({ ...item, containers: [] })),
      'ingress.yaml network',
      'no container on trusted is Traefik (docker: 27.5.1)',
    ],
    [
      'Traefik elsewhere',
      (surveys: Survey[]) =>
        surveys.map((item, at) => ({ ...item, containers: surveys[1 - at]?.containers ?? [] })),
      'ingress.yaml entrypoint',
      'Traefik runs on management, not on trusted',
    ],
    [
      'its host silent',
      (surveys: Survey[]) => surveys.slice(1),
      'ingress.yaml network',
      'the host trusted did not answer',
    ],
    [
      'no configuration seen',
      editTrusted((item) => ({
        ...item,
        traefikFiles: [],
        containers: item.containers.map((container) => ({ ...container, labels: {} })),
      })),
      'ingress.yaml certResolver',
      'look for certificatesResolvers',
    ],
    [
      'two resolvers, none in use',
      editTrusted((item) => ({
        ...item,
        containers: item.containers.map((container) => ({ ...container, labels: {} })),
      })),
      'ingress.yaml certResolver',
      'Traefik has letsEncrypt, staging; choose one',
    ],
    [
      'only itself as resolver',
      editTrusted((item) => ({ ...item, nameservers: ['10.2.1.130'] })),
      'dns.yaml upstreams',
      'trusted uses only itself',
    ],
    ...(['ingress.yaml network', 'sso.yaml url', 'sso.yaml applications.open-webui'] as const).map(
      (key) =>
        [
          'a user who may not ask Docker',
          editTrusted((item) => ({
            ...item,
            engine: 'permission denied while trying to connect to the Docker daemon socket',
            containers: [],
          })),
          key,
          'the SSH user may not ask Docker on trusted',
        ] as const,
    ),
    [
      'no middleware',
      editTrusted((item) => ({ ...item, containers: item.containers.slice(0, 1) })),
      'sso.yaml url',
      'no container declares the forward-auth middleware',
    ],
    [
      'a host not reached and resolved twice',
      (surveys: Survey[]) =>
        surveys.slice(0, 1).map((item) => ({
          ...item,
          resolved: [
            { name: 'srv-prod-1.prx-prod-2.homehub.dk', addresses: ['10.2.1.140', '10.2.1.141'] },
          ],
        })),
      'hosts/management.yaml address',
      'was not reached',
    ],
  ])('stay open with %s, and say what to look for', (_, change, key, hint) => {
    const { open, values } = answersOf(change);
    expect(values).not.toHaveProperty([key]);
    expect(open[key]?.join('\n')).toContain(hint);
  });

  it('take the address of a host that was not reached from the others', () => {
    const { values, seen } = answersOf((surveys) => surveys.slice(0, 1));
    expect(values['hosts/management.yaml address']).toBe('10.2.1.140');
    expect(seen['hosts/management.yaml address']?.[0]).toContain('the host itself was not reached');
  });

  it('take a flag of Traefik before what labels and files say', () => {
    const flags = [
      '--providers.docker.network=edge',
      '--entryPoints.https.address=0.0.0.0:443/tcp',
    ];
    const { values } = answersOf(
      editTrusted((item) => ({
        ...item,
        containers: item.containers.map((container) =>
          container.name === 'traefik' ? { ...container, arguments: flags } : container,
        ),
      })),
    );
    expect(values['ingress.yaml network']).toBe('edge');
    expect(values['ingress.yaml entrypoint']).toBe('https');
  });
});

describe('parseSurvey', () => {
  it('reads what the hosts of the lab printed', () => {
    const { containers, ...rest } = survey('lab', 'trusted');
    expect(rest).toEqual({
      host: 'trusted',
      reachedAt: '172.30.77.11',
      addresses: [{ address: '172.30.77.11', interface: 'eth0' }],
      nameservers: ['172.30.77.11'],
      port53: [
        { socket: 'udp 172.30.77.11:53', owner: 'docker-proxy' },
        { socket: 'tcp 172.30.77.11:53', owner: 'docker-proxy' },
      ],
      hostKeys: ['256 SHA256:ZdYwlu5kcuIwxa4O9LBCdFhW37Y9za/KzCuYQ9eMK0Q trusted (ED25519)'],
      gpus: [],
      gpuDevices: [],
      resolved: [
        { name: 'management.lab.test', addresses: ['172.30.77.12'] },
        { name: 'trusted.lab.test', addresses: ['172.30.77.11'] },
      ],
      engine: '26.1.5+dfsg1',
      traefikFiles: [],
    });
    expect(containers.map(({ name, networks }) => [name, networks])).toEqual([
      ['ai-litellm-litellm-1', ['ai-stack', 'traefik']],
      ['ai-open-webui-open-webui-1', ['ai-stack', 'traefik']],
      ['ai-dns-dns-1', ['ai-stack']],
      ['edge-traefik-1', ['traefik']],
      ['edge-idp-1', ['traefik']],
    ]);
    expect(containers[4]?.labels['traefik.http.routers.auth.rule']).toBe('Host(`auth.lab.test`)');
    expect(survey('lab', 'management').port53).toEqual([]);
  });

  it('keeps names of a Traefik file alone, and skips stopped and half printed containers', () => {
    const { traefikFiles, containers, port53 } = survey('user', 'trusted');
    expect(traefikFiles).toEqual([
      {
        path: '/srv/docker/traefik/traefik.yml',
        entrypoints: { web: ':80', secure: ':443' },
        resolvers: ['letsEncrypt', 'staging'],
      },
    ]);
    expect(containers.map(({ name }) => name)).toEqual(['traefik', 'authentik-server', 'chat']);
    expect(port53.map(({ owner }) => owner)).toEqual([
      'systemd-resolve',
      'systemd-resolve',
      'unknown (no right to see it)',
    ]);
  });

  it('refuses what was cut short', () => {
    const cut = recorded('user-trusted').replace('@@end', '');
    expect(() => parseSurvey('trusted', cut)).toThrow('before the survey was complete');
  });
});

describe('noteHost', () => {
  it('shows the keys to confirm and who owns port 53', () => {
    expect(noteHost(survey('user', 'trusted')).lines).toEqual([
      'host key, confirm at its console: 256 SHA256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa root@trusted (ED25519)',
      'host key, confirm at its console: 3072 SHA256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb root@trusted (RSA)',
      'Docker Engine: 27.5.1',
      'port 53: udp 127.0.0.53%lo:53, tcp 127.0.0.53%lo:53 held by systemd-resolve',
      'port 53: udp 10.2.1.130:53 held by unknown (no right to see it)',
      expect.stringMatching(/mode: none in dns.yaml leaves the zone to it/),
      'Traefik: traefik (docker.io/library/traefik:v3.5.2)',
    ]);
    expect(noteHost(survey('user', 'management')).lines).toContain('port 53: free');
    // Our own, and a stub on loopback, are in nobody's way.
    expect(noteHost(survey('lab', 'trusted')).lines.join()).not.toMatch(/mode: none/);
    const stub = [{ socket: 'udp 127.0.0.53%lo:53', owner: 'systemd-resolve' }];
    const stubOnly = { ...survey('user', 'trusted'), port53: stub };
    expect(noteHost(stubOnly).lines.join()).not.toMatch(/mode: none/);
  });
});
