import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
  jest,
} from '@jest/globals';
import { phases, Victim, type Phase } from '../faults';
import { waitFor } from '../isolated';
import { askHost, containers, isLong, lab, onHost, stack } from '../lab';
import { openSlowRegistry, type SlowRegistry } from '../slow-registry';

jest.setTimeout(600_000);

// A long run tries every phase, fifty random moments and every kind of fault, a short one a sample.
const some = (list: readonly Phase[]): Phase[] =>
  isLong ? (Object.keys(phases) as Phase[]) : [...list];
const randomMoments = isLong ? 50 : 1;

const hostFile = 'libs/inventory/environments/lab/hosts/management.yaml';
const trustedFile = 'libs/inventory/environments/lab/hosts/trusted.yaml';
const definition = 'apps/qdrant/service.ts';
const net = readFileSync('.lab/net', 'utf8').trim();
let victim: Victim;
beforeAll(async () => {
  expect(await stack(process.cwd(), 'deploy')).toMatchObject({ code: 0 });
  victim = new Victim();
  await victim.prepare();
});
afterAll(async () => {
  victim.workspace.remove();
  await onHost('management', 'rm', '-f', '/srv/docker/qdrant/storage/kept');
  expect(await stack(process.cwd(), 'deploy', '--lock-timeout=60')).toMatchObject({ code: 0 });
});

afterEach(() => victim.restore());

const onVictim = (script: string) => onHost('management', 'sh', '-c', script);
const running = async () => (await containers())['ai-qdrant/qdrant'];
const engineAnswers = () => onVictim('until docker version >/dev/null 2>&1; do sleep 0.2; done');

describe('a controller that is killed', () => {
  it.each(some(['journal', 'up']))('in the phase %s', async (phase) => {
    victim.change();
    const ran = await victim.deployWith(phase, (child) => child.kill('SIGKILL'));
    expect(ran.seen).toBe(true);
    await victim.converges();
  });

  it.each(Array.from({ length: randomMoments }, (_, at) => at))(
    'at a random moment (%i)',
    async () => {
      victim.change();
      const moment = Math.round(300 + Math.random() * 6_000);
      process.stderr.write(`[faults] killed after ${moment} ms\n`);
      await victim.deployWith(moment, (child) => child.kill('SIGKILL'));
      await victim.converges();
    },
  );
});

describe('a cable that is cut', () => {
  it.each(some(['wait']))('in the phase %s: it says so in half a minute', async (phase) => {
    victim.change();
    const ran = await victim.deployWith(phase, () => lab('cut', 'management'));
    await lab('join', 'management');
    expect(ran).toMatchObject({ seen: true, code: 1 });
    expect(ran.seconds).toBeLessThan(60);
    expect(ran.err + ran.out).toMatch(/did not answer in time|lock was lost|was interrupted/);
    await victim.converges();
  });
});

describe('an sshd', () => {
  const withSshd = async (config: string, work: () => Promise<void>): Promise<void> => {
    const file = '/etc/ssh/sshd_config.d/fault.conf';
    await askHost('management', config, 'sh', '-c', `cat >${file}`);
    await restartSshd();
    try {
      await work();
    } finally {
      await onVictim(`rm -f ${file}`);
      await restartSshd();
    }
  };
  const restartSshd = async (): Promise<void> => {
    await lab('svc', 'management', 'sshd', 'stop');
    await lab('svc', 'management', 'sshd', 'start');
  };

  if (isLong)
    it('that is stopped meanwhile: open requests continue', async () => {
      victim.change();
      const ran = await victim.deployWith('upload', () => lab('svc', 'management', 'sshd', 'stop'));
      const refused = await victim.deploy();
      await lab('svc', 'management', 'sshd', 'start');
      expect(`${ran.code} ${ran.err}`).toMatch(/^0 /);
      expect(refused).toMatchObject({ code: 1 });
      expect(refused.err).toMatch(/nothing listens on its SSH port/);
      await victim.converges();
    });

  it('with MaxSessions 1: it is refused, with the reason, and nothing has changed', async () => {
    const before = await running();
    victim.change();
    await withSshd('MaxSessions 1\n', async () => {
      const ran = await victim.deploy();
      expect(ran.code).toBe(1);
      expect(ran.err + ran.out).toMatch(/too few sessions on one connection/);
    });
    expect(await running()).toBe(before);
    await victim.converges();
  });

  if (isLong)
    it('that throttles new connections (MaxStartups) is asked again', async () => {
      victim.change();
      await withSshd('MaxStartups 1\n', async () => {
        const idle = connect({ host: `${net}.12`, port: 22 });
        await new Promise((resolve) => idle.once('data', resolve));
        setTimeout(() => idle.destroy(), 1_200);
        const ran = await victim.deploy();
        expect(`${ran.code} ${ran.err}`).toMatch(/^0 /);
      });
      await victim.converges();
    });

  if (isLong)
    it('that wants a password is refused at once', async () => {
      victim.change();
      await withSshd('PubkeyAuthentication no\nPasswordAuthentication yes\n', async () => {
        const ran = await victim.deployWith('record', () => undefined);
        expect(ran.code).toBe(1);
        expect(ran.seconds).toBeLessThan(15);
        expect(ran.err).toMatch(/refused the login/);
      });
      await victim.converges();
    });

  if (isLong)
    it('with a banner, start files that print, and another login shell', async () => {
      await onVictim(
        'echo KEEP OUT >/etc/banner; cp /root/.bashrc /root/.bashrc.kept 2>/dev/null || : >/root/.bashrc.kept',
      );
      await onVictim(
        'printf \'echo welcome\\nprintf "no end of line"\\n\' | tee /root/.bashrc /root/.profile >/dev/null',
      );
      await withSshd('Banner /etc/banner\n', async () => {
        for (const shell of ['/bin/bash', '/bin/dash']) {
          await onVictim(`usermod -s ${shell} root`);
          victim.change();
          const ran = await victim.deploy();
          expect(`${shell} ${ran.code} ${ran.err}`).toMatch(/ 0 /);
        }
      });
      await onVictim(
        'usermod -s /bin/bash root; mv /root/.bashrc.kept /root/.bashrc; rm -f /root/.profile /etc/banner',
      );
      await victim.converges();
    });

  it('on another port, and through a jump host', async () => {
    const key = `${process.cwd()}/.lab/keys/id_ed25519`;
    const known = readFileSync('.lab/keys/known_hosts', 'utf8');
    const withPort = known.replace(new RegExp(`^\\S*${net}\\.12\\S* `, 'm'), `[${net}.12]:2222 `);
    const knownFile = victim.write('known_hosts', known + withPort);
    const block = [`Host hop`, `  HostName ${net}.11`, '  User root', `  IdentityFile ${key}`];
    const config = victim.write(
      'ssh_config',
      [...block, `  UserKnownHostsFile ${knownFile}`, ''].join('\n'),
    );
    victim.edit(hostFile, 'user: root', 'user: root\n  port: 2222\n  jump: hop');
    victim.edit(hostFile, '.lab/keys/known_hosts', 'known_hosts');
    victim.change();
    await withSshd('Port 22\nPort 2222\n', async () => {
      const ran = await victim.deployWith('record', () => undefined, [], {
        STACK_SSH_CONFIG: config,
      });
      expect(`${ran.code} ${ran.err}`).toMatch(/^0 /);
    });
    victim.edit(hostFile, '\n  port: 2222\n  jump: hop', '');
    victim.edit(hostFile, 'knownHosts: known_hosts', 'knownHosts: .lab/keys/known_hosts');
    await victim.converges();
  });
});

describe('a user who is not root', () => {
  beforeAll(async () => {
    await onVictim(
      [
        'useradd -m -s /bin/bash -G docker helper',
        'mkdir -p ~helper/.ssh && cp /root/.ssh/authorized_keys ~helper/.ssh/',
        'chown -R helper: ~helper/.ssh && chmod 700 ~helper/.ssh',
      ].join(' && '),
    );
  });
  afterAll(() => onVictim('rm -f /etc/sudoers.d/helper; pkill -u helper; userdel -r helper 2>&1'));

  it('and only in the docker group may not write, which is said before anything is changed', async () => {
    const before = await running();
    victim.edit(hostFile, 'user: root', 'user: helper');
    victim.change();
    const ran = await victim.deploy();
    victim.restore();
    expect(ran.code).toBe(1);
    expect(ran.err + ran.out).toMatch(/cannot read .*\.env[^]*sudo: true/);
    expect(ran.out).not.toMatch(/nothing to do/);
    expect(await running()).toBe(before);
    await victim.converges();
  });

  it('with sudo deploys as root does, and without a way to sudo hears why', async () => {
    victim.edit(hostFile, 'user: root', 'user: helper\n  sudo: true');
    victim.change();
    const refused = await victim.deploy();
    expect(refused.code).toBe(1);
    expect(refused.err).toMatch(/sudo/);
    await onVictim("echo 'helper ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/helper");
    await victim.converges();
  });
});

describe('a host that has IPv6 alone', () => {
  const [, second = '', third = ''] = net.split('.');
  const prefix = `fd00:a15c:${Number(second).toString(16)}:${Number(third).toString(16)}`;
  const uplink = () =>
    execFileSync('ip', ['-o', '-4', 'addr', 'show', 'to', `${net}.1/32`])
      .toString()
      .split(/\s+/)[1];

  if (isLong)
    it('is a host as every other', async () => {
      const known = readFileSync('.lab/keys/known_hosts', 'utf8');
      const more = known.replaceAll(`${net}.12`, `${prefix}::12`);
      victim.write('known_hosts', known + more);
      victim.edit(hostFile, '${LAB_NET}.12', `"${prefix}::12"`);
      victim.edit(hostFile, '.lab/keys/known_hosts', 'known_hosts');
      victim.change();
      // In a lab with all services a container without IPv6 would have to reach it.
      const consumers = /^ *- (?:litellm|open-webui)\n/gm;
      if (consumers.test(readFileSync(trustedFile, 'utf8'))) {
        const refused = await victim.deploy();
        expect(refused.code).toBe(2);
        expect(refused.err.replace(/\s+/g, ' ')).toMatch(
          /litellm on trusted cannot reach ollama on management: its address \S+ is IPv6, and the stack's network has none/,
        );
        victim.edit(trustedFile, consumers, '');
      }
      const device = uplink() ?? '';
      execFileSync('ip', ['-6', 'addr', 'add', `${prefix}::1/64`, 'dev', device, 'nodad']);
      await onVictim(
        `ip -6 addr add ${prefix}::12/64 dev eth0 nodad && ip -4 addr del ${net}.12/24 dev eth0`,
      );
      try {
        const ran = await victim.deploy();
        expect(`${ran.code} ${ran.err}`).toMatch(/^0 /);
        await victim.converges();
        const answer = await fetch(`http://[${prefix}::12]:6333/readyz`);
        expect(answer.status).toBe(200);
      } finally {
        await onVictim(
          `ip -4 addr add ${net}.12/24 dev eth0 && ip -6 addr del ${prefix}::12/64 dev eth0`,
        );
        execFileSync('ip', ['-6', 'addr', 'del', `${prefix}::1/64`, 'dev', device]);
        victim.restore();
      }
      await victim.converges();
    });
});

describe('a slow line', () => {
  const relayed = (numbers: string) =>
    victim.write(
      'slow_config',
      `Host *\n  ProxyCommand node ${process.cwd()}/tools/lab/relay.mjs %h %p ${numbers}\n`,
    );
  const lines: [string, string][] = [
    ['150 ms each way', '150'],
    ['a stall of 8 s in the middle', '5 2000 8000'],
  ];
  it.each(lines.slice(0, isLong ? 2 : 1))('%s', async (_name, numbers) => {
    victim.change();
    const variables = { STACK_SSH_CONFIG: relayed(numbers) };
    const ran = await victim.deployWith('record', () => undefined, [], variables);
    expect(`${ran.code} ${ran.err}`).toMatch(/^0 /);
    await victim.converges();
  });
});

describe('a disk', () => {
  const onSmallDisk = async (work: () => Promise<void>): Promise<void> => {
    const directory = '/opt/stacks/ai/qdrant';
    await onVictim(
      `cp -a ${directory} /run/moved && mount -t tmpfs -o size=256k,mode=755 tmpfs ${directory} && cp -a /run/moved/. ${directory}/`,
    );
    try {
      await work();
    } finally {
      await onVictim(
        `rm -rf /run/moved ${directory}/filler; cp -a ${directory} /run/moved; umount ${directory}; cp -a /run/moved/. ${directory}/; rm -rf /run/moved`,
      );
    }
  };

  it('that is full while files are staged', async () => {
    const before = await running();
    victim.change();
    await onSmallDisk(async () => {
      await onVictim('head -c 1M /dev/zero >/opt/stacks/ai/qdrant/filler 2>/dev/null || true');
      const ran = await victim.deploy();
      expect(ran.code).toBe(1);
      expect(ran.err + ran.out).toMatch(/No space left|disk/i);
      expect(await running()).toBe(before);
      await onVictim('rm /opt/stacks/ai/qdrant/filler');
      await victim.converges();
    });
  });

  if (isLong)
    it('that becomes full between staging and the swap', async () => {
      victim.change();
      await onSmallDisk(async () => {
        const ran = await victim.deployWith('check', () =>
          onVictim('head -c 1M /dev/zero >/opt/stacks/ai/qdrant/filler 2>/dev/null || true'),
        );
        expect(ran.seen).toBe(true);
        expect([0, 1]).toContain(ran.code);
        if (ran.code === 1) expect(ran.err + ran.out).toMatch(/No space left|disk/i);
        await onVictim('rm /opt/stacks/ai/qdrant/filler');
        await victim.converges();
      });
    });

  if (isLong)
    it('that is read-only', async () => {
      const before = await running();
      victim.change();
      await onVictim(
        'mount --bind /opt/stacks /opt/stacks && mount -o remount,bind,ro /opt/stacks',
      );
      const ran = await victim.deploy();
      await onVictim('umount /opt/stacks');
      expect(ran.code).toBe(1);
      expect(ran.err + ran.out).toMatch(/Read-only file system/);
      expect(await running()).toBe(before);
      await victim.converges();
    });
});

describe('an engine', () => {
  it('that is restarted meanwhile', async () => {
    victim.change();
    const ran = await victim.deployWith('up', async () => {
      await lab('svc', 'management', 'dockerd', 'stop');
      await lab('svc', 'management', 'dockerd', 'start');
    });
    await engineAnswers();
    expect(ran.seen).toBe(true);
    expect([0, 1]).toContain(ran.code);
    await victim.converges();
  });
});

describe('an image', () => {
  const image = 'image: qdrant/qdrant:v1.19.0';
  const options = 'apps/qdrant/environments/lab.yaml';
  const refused = async (name: string, output: RegExp): Promise<void> => {
    const before = await running();
    victim.edit(options, image, `image: ${name}`);
    const ran = await victim.deploy();
    victim.edit(options, `image: ${name}`, image);
    expect(ran.code).toBe(1);
    expect(ran.err + ran.out).toMatch(output);
    expect(await running()).toBe(before);
    await victim.converges();
  };

  it('that is in no registry', () => refused('qdrant/qdrant:v1.19.9', /v1\.19\.9/));

  describe('that comes slowly', () => {
    let slow: SlowRegistry;
    beforeAll(async () => {
      slow = await openSlowRegistry();
    });
    afterAll(() => slow.close());
    beforeEach(() => victim.edit(options, image, `image: ${slow.image}`));

    it('and for which there is no room: the old release keeps running', async () => {
      const before = await running();
      const root = await onHost('management', 'docker', 'info', '-f', '{{.DockerRootDir}}');
      await onVictim(`mount -t tmpfs -o size=1m tmpfs ${root.trim()}/tmp`);
      const ran = await victim.deploy();
      await onVictim(`umount ${root.trim()}/tmp`);
      expect(ran.code).toBe(1);
      expect(ran.err + ran.out).toMatch(/no space left/i);
      expect(await running()).toBe(before);
      victim.restore();
      await victim.converges();
    });

    if (isLong)
      it('is waited for, and how much there is is told', async () => {
        const ran = await victim.deployWith('record', () => undefined);
        expect(`${ran.code} ${ran.err}`).toMatch(/^0 /);
        expect(ran.seconds).toBeGreaterThan(slow.seconds);
        expect(ran.err).toMatch(/pulling .*MB/);
        victim.restore();
        await victim.converges();
      });
  });

  if (isLong)
    it('whose registry says: too many requests', async () => {
      const server = [
        "const body = JSON.stringify({ errors: [{ code: 'TOOMANYREQUESTS', message: 'rate limit' }] });",
        "require('http').createServer((q, r) => q.url === '/v2/' ? r.end('{}')",
        ": (r.writeHead(429, { 'content-type': 'application/json' }), r.end(body))).listen(5055)",
      ].join('');
      await onHost(
        'management',
        ...['docker', 'run', '-d', '--name', 'limited', '-p', '127.0.0.1:5055:5055'],
        ...['--entrypoint', 'node', 'ai-stack-lab/idp-double:1', '-e', server],
      );
      try {
        await refused('127.0.0.1:5055/qdrant/qdrant:v1.19.0', /too many|rate limit/i);
      } finally {
        await onHost('management', 'docker', 'rm', '-f', 'limited');
      }
    });
});

describe('a container', () => {
  const asBefore = /release [0-9a-f]{12} of \S+ runs again, and\s+is\s+verified/;
  it('that ends at once gives way to the one before', async () => {
    victim.edit(
      definition,
      "command: ['./qdrant']",
      "command: ['sh', '-c', 'echo broken; exit 3']",
    );
    const ran = await victim.deploy();
    victim.edit(
      definition,
      "command: ['sh', '-c', 'echo broken; exit 3']",
      "command: ['./qdrant']",
    );
    expect(ran.code).toBe(1);
    expect(ran.err + ran.out).toMatch(/broken/);
    expect(ran.err + ran.out).toMatch(asBefore);
    await victim.converges();
  });

  if (isLong)
    it('that another operator paused is drift, and fixed', async () => {
      const id = await running();
      await onHost('management', 'docker', 'pause', id ?? '');
      const plan = await victim.workspace.stack('plan', 'qdrant', '--expect-no-changes');
      expect(plan.code).toBe(3);
      expect(plan.out).toMatch(/paused/);
      await victim.converges();
      expect(await running()).not.toBe(id);
    });

  // It takes a minute and a half: half of it until the health check has failed often enough, half until Docker gives up
  // waiting for the program to end.
  if (isLong) {
    it('whose program hangs later turns unhealthy, which is drift, and is fixed', async () => {
      const id = (await running()) ?? '';
      const ask = (format: string) => onHost('management', 'docker', 'inspect', '-f', format, id);
      await onVictim(`kill -STOP ${await ask('{{.State.Pid}}')}`);
      const isUnhealthy = (status: string) => status === 'unhealthy';
      await waitFor(() => ask('{{.State.Health.Status}}'), isUnhealthy, 90);
      const plan = await victim.workspace.stack('plan', 'qdrant', '--expect-no-changes');
      expect(plan.code).toBe(3);
      expect(plan.out).toMatch(/unhealthy/);
      await victim.converges();
      expect(await running()).not.toBe(id);
    });
  }
});

describe('a record on the host', () => {
  const record = '/opt/stacks/ai/qdrant/.stack/current.json';
  if (isLong)
    it('that was cut off is written again', async () => {
      await onVictim(`head -c 200 ${record} >/run/cut && cat /run/cut >${record}`);
      const plan = await victim.workspace.stack('plan', 'qdrant');
      expect(`${plan.code} ${plan.err}`).toMatch(/^0 /);
      await victim.converges();
    });

  it('of a newer version is not touched', async () => {
    const before = await running();
    await onVictim(`cp ${record} /run/record && sed -i 's/"version": 1/"version": 2/' ${record}`);
    victim.change();
    const ran = await victim.deploy();
    await onVictim(`cat /run/record >${record}`);
    expect(ran.code).not.toBe(0);
    expect(ran.err + ran.out).toMatch(/reads only version 1/);
    expect(await running()).toBe(before);
    await victim.converges();
  });

  if (isLong)
    it('and a lock from a clock that ran ahead are not obstacles', async () => {
      await onVictim('echo 99999999999 >/opt/stacks/ai/qdrant/.stack/fence');
      victim.change();
      await victim.converges();
      await onVictim('rm /opt/stacks/ai/qdrant/.stack/fence');
    });
});

describe('after all faults', () => {
  it('no lock and no process of ours is left anywhere', async () => {
    const count = 'ps -eo args | grep -c "[h]eld %s %s" || true';
    const none = (text: string) => text.trim() === '0';
    await waitFor(() => onVictim(count), none, 40);
  });
});
