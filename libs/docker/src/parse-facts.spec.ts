import { describe, expect, it } from '@jest/globals';
import { recorded } from './fixtures/engine-26';
import { networkOptions } from './network-options';
import {
  addInspection,
  addSettings,
  parseContainer,
  parseHealthLog,
  parseImage,
  parseLogs,
  parseNetwork,
  parseRegistries,
} from './parse-facts';

const listed = (name: string): Parameters<typeof parseContainer>[0] => {
  const found = recorded.containers.find((container) => container.Names[0] === `/${name}`);
  if (found === undefined) throw new Error(`not recorded: ${name}`);
  return found;
};

describe('answers recorded from Docker Engine 26.1.5', () => {
  it('gives a container', () => {
    expect(parseContainer(listed('ai-x-good-1'))).toMatchObject({
      name: 'ai-x-good-1',
      project: 'ai-x',
      service: 'good',
      image: 'my/app:1.0.0',
      state: 'running',
      health: 'healthy',
      restartCount: undefined,
      mountSources: ['/srv/docker/x'],
      ports: [{ address: '172.30.96.11', port: 8080, protocol: 'tcp' }],
      networks: ['ai-x_default'],
      addresses: { 'ai-x_default': '172.30.130.2' },
    });
  });

  it('adds health and restarts by inspection', () => {
    const fact = addInspection(parseContainer(listed('ai-x-good-1')), recorded.inspect);
    expect(fact).toMatchObject({ state: 'running', health: 'healthy', restartCount: 0 });
  });

  it('adds how it was set up', () => {
    const inspected = {
      HostConfig: {
        ...{ Memory: 1024, NanoCpus: 1_500_000_000, RestartPolicy: { Name: 'unless-stopped' } },
        Ulimits: [
          { Name: 'core', Soft: 0, Hard: 0 },
          { Name: 'nofile', Soft: 4096, Hard: 4096 },
        ],
        ...{ MemoryReservation: 0, CpuShares: 0, CpuQuota: 0, CpusetCpus: '0-1', PidsLimit: null },
      },
      NetworkSettings: {
        Networks: { b: { Aliases: ['one', 'two'], DNSNames: ['two', 'three'] }, a: null },
      },
    };
    expect(addSettings(inspected).settings).toEqual({
      aliases: { a: [], b: ['one', 'three', 'two'] },
      memoryBytes: 1024,
      cpus: 1.5,
      restart: 'unless-stopped',
      openFiles: 4096,
      otherLimits: ['CpusetCpus 0-1'],
    });
    expect(addSettings({ RestartCount: 1 })).toEqual({});
    expect(addSettings({ ...inspected, State: { Error: 'no address' } })).toMatchObject({
      startError: 'no address',
      settings: { memoryBytes: 1024 },
    });
  });

  it('gives where it pulls from', () => {
    const config = {
      Mirrors: ['http://172.30.77.2/'],
      InsecureRegistryCIDRs: ['127.0.0.0/8'],
      IndexConfigs: { 'ghcr.io': { Secure: false }, 'docker.io': { Secure: true }, x: null },
    };
    expect(parseRegistries(config)).toEqual({
      mirrors: ['http://172.30.77.2/'],
      insecure: ['127.0.0.0/8', 'ghcr.io'],
    });
    const nothing = { mirrors: [], insecure: [] };
    expect([undefined, null, {}].map(parseRegistries)).toEqual([nothing, nothing, nothing]);
  });

  it('gives logs without headers and colours, and the health log', () => {
    expect(parseLogs(Buffer.from(recorded.logs, 'base64'))).toEqual(['hello', 'err']);
    expect(parseHealthLog(recorded.inspect)[0]).toBe('fine');
  });

  it('gives an image', () => {
    expect(parseImage(recorded.images[0]!)).toMatchObject({ tags: ['lab/node:1', 'my/app:1.0.0'] });
  });
});

describe('a network', () => {
  const own = {
    Name: 'ai-stack',
    EnableIPv6: true,
    IPAM: { Driver: 'default', Config: [{ Subnet: 'fd00:210::/64' }, { Subnet: '10.210.0.0/24' }] },
    Options: { 'com.docker.network.driver.mtu': '1420' },
    Labels: { b: '1', a: '2' },
  };

  it('is read with what it was made with', () => {
    expect(parseNetwork(own)).toEqual({
      name: 'ai-stack',
      labels: { a: '2', b: '1' },
      subnets: ['10.210.0.0/24', 'fd00:210::/64'],
      mtu: 1420,
      hasIpv6: true,
    });
    const none = { Name: 'none', IPAM: { Config: null }, Options: {}, Labels: null };
    expect(parseNetwork(none)).toEqual({ name: 'none', labels: {}, subnets: [], hasIpv6: false });
  });

  it('is made with what is wanted, and with nothing else', () => {
    const plain = { Name: 'ai-stack', Labels: { a: '2' }, CheckDuplicate: true };
    expect(networkOptions({ name: 'ai-stack' }, { a: '2' })).toEqual(plain);
    const wanted = { name: 'ai-stack', subnet: '10.210.0.0/24', mtu: 1420, ipv6: 'fd00:210::/64' };
    const options = networkOptions(wanted, { a: '2' });
    expect(options).toEqual({
      ...plain,
      IPAM: { Config: [{ Subnet: '10.210.0.0/24' }, { Subnet: 'fd00:210::/64' }] },
      Options: { 'com.docker.network.driver.mtu': '1420' },
      EnableIPv6: true,
    });
    expect(parseNetwork(options)).toMatchObject({ mtu: 1420, hasIpv6: true });
    expect(networkOptions({ name: 'x', ipv6: false }, {})).toMatchObject({ EnableIPv6: false });
    expect(networkOptions({ name: 'x', ipv6: true }, {})).not.toHaveProperty('IPAM');
  });
});

describe('parseContainer', () => {
  const bare = { Id: 'c1', Image: 'a:1', ImageID: 'sha256:1', State: 'running' };

  it.each([
    ['Up 5 minutes (healthy)', 'healthy'],
    ['Up 2 seconds (health: starting)', 'starting'],
    ['Up 2 days (unhealthy)', 'unhealthy'],
    ['Up 2 days', 'none'],
    ['Exited (137) 5 seconds ago', 'none'],
    ['Up 2 days (Paused)', 'none'],
  ])('reads health from %s', (Status, health) => {
    expect(parseContainer({ ...bare, Status }).health).toBe(health);
  });

  it('does without all that may be null', () => {
    const fact = parseContainer({ ...bare, Names: null, Labels: null, Mounts: null, Ports: null });
    expect(fact).toMatchObject({ name: 'c1', project: undefined, ports: [], addresses: {} });
  });

  it('leaves ports out that are not published, and sorts the rest', () => {
    const Ports = [
      { IP: '::', PrivatePort: 80, PublicPort: 80, Type: 'tcp' },
      { PrivatePort: 81, Type: 'tcp' },
      { IP: '0.0.0.0', PrivatePort: 80, PublicPort: 80, Type: 'tcp' },
    ];
    const { ports } = parseContainer({ ...bare, Ports });
    expect(ports.map(({ address }) => address)).toEqual(['0.0.0.0', '::']);
  });
});

describe('parseLogs', () => {
  it('takes the bare text of a terminal', () => {
    expect(parseLogs(Buffer.from('one\r\n\u001b[1;32mtwo\u001b[0m\n\nend'))).toEqual([
      'one',
      'two',
      '',
      'end',
    ]);
  });
  it('is empty without output', () => expect(parseLogs(Buffer.alloc(0))).toEqual([]));
});
