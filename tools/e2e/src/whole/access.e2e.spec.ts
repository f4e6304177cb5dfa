import { readFileSync } from 'node:fs';
import { Resolver } from 'node:dns/promises';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { execa } from 'execa';
import { inventoryEnvironment } from '@ai-stack/testing/inventory-environment';
import { portMatrix, publicMatrix, type Caller, type PublicRow } from '../access-matrix';
import { ChatPage } from '../chat-page';
import { Chromium } from '../chromium';
import { askHost, onHost, stack } from '../lab';

jest.setTimeout(120_000);

const net = () => readFileSync('.lab/net', 'utf8').trim();
const lab = inventoryEnvironment('lab');
const provider = new URL(lab.sso.url).host;
const chromium = new Chromium();
const resolver = new Resolver({ timeout: 3000, tries: 2 });
let key = '';
let chat: ChatPage;

beforeAll(async () => {
  expect(await stack(process.cwd(), 'deploy')).toMatchObject({ code: 0 });
  resolver.setServers([`${net()}.11`]);
  const env = await onHost('trusted', 'cat', '/opt/stacks/ai/litellm/.env');
  key = /^LITELLM_MASTER_KEY='?([^'\n]+)/m.exec(env)?.[1] ?? '';
  const browser = await chromium.open({ nameserver: `${net()}.11`, authority: '.lab/tls/ca.pem' });
  chat = await ChatPage.of(await browser.newContext());
  await chat.open();
  await chat.logIn('alice');
  await chat.page.waitForURL('https://chat.lab.test/**');
});
afterAll(() => chromium.close());

// What Authentik's outpost, and proxies of other kinds, tell a program of who has logged in.
const forged = [
  ...['X-authentik-username: carol', 'X-authentik-email: carol@lab.test'],
  ...['X-authentik-groups: ai-users|ai-admins', 'X-authentik-uid: carol'],
  ...['Remote-User: carol', 'X-Forwarded-User: carol', 'X-Forwarded-Email: carol@lab.test'],
];
const headersOf = (caller: Caller): string[] => {
  switch (caller) {
    case 'API with the key':
    case 'the key, but not below /v1/':
      return [`Authorization: Bearer ${key}`];
    case 'API with a wrong key':
      return ['Authorization: Bearer sk-0000000000000000'];
    case 'API with the key as x-api-key':
      return [`x-api-key: ${key}`];
    case 'API with a wrong key as x-api-key':
      return ['x-api-key: sk-0000000000000000'];
    case 'API with a key in a form of its own':
      return ['Authorization: Bearer letmein', 'x-api-key: letmein'];
    case 'forged identity headers':
      return forged;
    default:
      return [];
  }
};

/** Asks with curl, by the stack's own DNS and the lab's authority. Headers go by its standard input. */
async function askOnce({ url, caller }: PublicRow) {
  const { hostname } = new URL(url);
  const [address] = await resolver.resolve4(hostname);
  const input = [
    ...headersOf(caller).map((header) => `header = "${header}"`),
    ...[80, 443].map((port) => `resolve = "${hostname}:${port}:${address}"`),
    ...['cacert = ".lab/tls/ca.pem"', 'silent', 'max-time = 20', 'output = "/dev/null"'],
    ...['write-out = "%{http_code} %{redirect_url}"', `url = "${url}"`],
  ].join('\n');
  const { stdout } = await execa('curl', ['--config', '-'], { input });
  const [status = '', to = ''] = stdout.split(' ');
  return { status: Number(status), to: to === '' ? undefined : new URL(to) };
}

function endOf(asked: URL, to: URL | undefined): string {
  if (to === undefined) return 'program';
  if (to.host === provider) return 'login';
  return to.protocol === 'https:' && to.host === asked.host ? 'https' : to.href;
}

const rows = publicMatrix(lab);
describe('a public name', () => {
  it.each(rows.filter(({ caller }) => caller !== 'browser with a session'))(
    '$url: $caller ends at: $end',
    async (row) => {
      const { status, to } = await askOnce(row);
      expect(endOf(new URL(row.url), to)).toBe(row.end);
      expect(row.status).toContain(status);
    },
  );
  it.each(rows.filter(({ caller }) => caller === 'browser with a session'))(
    '$url: $caller ends at: $end',
    async ({ url, status }) => {
      const response = await chat.page.goto(url);
      expect(new URL(chat.page.url()).host).toBe(new URL(url).host);
      expect(status).toContain(response?.status());
    },
  );
  it('takes no identity from headers inside a session either', async () => {
    const names = Object.fromEntries(forged.map((line) => line.split(': ') as [string, string]));
    await chat.context.setExtraHTTPHeaders(names);
    await chat.open();
    await chat.waitReady();
    const who = await chat.api('/api/v1/auths/');
    await chat.context.setExtraHTTPHeaders({});
    expect(who).toMatchObject({ status: 200, body: { email: 'alice@lab.test', role: 'user' } });
  });
});

/** The identity provider's API, as an administrator uses it; the token goes by standard input. */
async function idp(method: string, path: string, body?: object): Promise<unknown> {
  const token = readFileSync('.lab/secrets/idp-api', 'utf8').trim();
  const input = [
    `request = "${method}"`,
    `header = "Authorization: Bearer ${token}"`,
    'header = "Content-Type: application/json"',
    `resolve = "${provider}:443:${net()}.11"`,
    ...['cacert = ".lab/tls/ca.pem"', 'silent', 'fail-with-body', 'max-time = 20'],
    ...(body === undefined ? [] : [`data = ${JSON.stringify(JSON.stringify(body))}`]),
    `url = "https://${provider}/api/v3/${path}"`,
  ].join('\n');
  const { stdout } = await execa('curl', ['--config', '-'], { input });
  return stdout === '' ? undefined : JSON.parse(stdout);
}
type Row = Record<string, unknown>;
const rowsOf = async (path: string) => ((await idp('GET', path)) as { results: Row[] }).results;

/** Does something while applications have no bindings, and puts the bindings back. */
async function unbound(slugs: string[], act: () => Promise<void>): Promise<void> {
  const applications = await rowsOf('core/applications/?page_size=100');
  const targets = applications
    .filter(({ slug }) => slugs.includes(String(slug)))
    .map(({ pk }) => pk);
  const bindings = (await rowsOf('policies/bindings/?page_size=100')).filter(({ target }) =>
    targets.includes(target),
  );
  expect(bindings.length).toBeGreaterThanOrEqual(slugs.length);
  for (const { pk } of bindings) await idp('DELETE', `policies/bindings/${String(pk)}/`);
  try {
    await act();
  } finally {
    for (const { target, group, order } of bindings) {
      await idp('POST', 'policies/bindings/', { target, group, order });
    }
  }
}

/** Takes a person out of a group while something is done. */
async function outOf(group: string, username: string, act: () => Promise<void>): Promise<void> {
  const [row] = await rowsOf(`core/groups/?name=${group}`);
  const [user] = await rowsOf(`core/users/?username=${username}`);
  const path = `core/groups/${String(row?.pk)}`;
  await idp('POST', `${path}/remove_user/`, { pk: user?.pk });
  try {
    await act();
  } finally {
    await idp('POST', `${path}/add_user/`, { pk: user?.pk });
  }
}

/** Does something as a person with a browser that nobody has used. */
async function visitAs(user: string, act: (visitor: ChatPage, status: number) => Promise<void>) {
  const context = await chat.context.browser()?.newContext();
  if (context === undefined) throw new Error('there is no browser');
  const visitor = await ChatPage.of(context);
  try {
    await visitor.open();
    await act(visitor, (await visitor.logIn(user)).status());
  } finally {
    await context.close();
  }
}
const roleOf = async (visitor: ChatPage) =>
  ((await visitor.api('/api/v1/auths/')).body as { role?: string } | undefined)?.role;

describe('a person in no group', () => {
  it('is kept out by the bindings', () =>
    visitAs('bob', async (_visitor, status) => {
      expect(status).toBe(403);
      await Promise.resolve();
    }));

  it('waits for a role where the applications have none: Open WebUI keeps nobody out', () =>
    unbound(['open-webui', 'chat'], () =>
      visitAs('bob', async (visitor) => {
        await visitor.page.waitForURL('https://chat.lab.test/**');
        await visitor.page
          .getByText(/awaiting administrator approval|Account Activation Pending/)
          .first()
          .waitFor();
        expect(await roleOf(visitor)).not.toBe('user');
      }),
    ));

  it('is kept out after the last group is lost, and keeps the role where nothing is bound', () =>
    outOf('ai-users', 'alice', async () => {
      await visitAs('alice', async (_visitor, status) => {
        expect(status).toBe(403);
        await Promise.resolve();
      });
      await unbound(['open-webui', 'chat'], () =>
        visitAs('alice', async (visitor) => {
          await visitor.waitReady();
          expect(await roleOf(visitor)).toBe('user');
        }),
      );
    }));
});

it('a sign-out ends the login at the provider, too', () =>
  visitAs('alice', async (visitor) => {
    await visitor.waitReady();
    const { body } = await visitor.api('/api/v1/auths/signout', {});
    const { redirect_url: url } = body as { redirect_url?: string };
    expect(url).toBe(`${lab.sso.url}/flows/-/default/invalidation/`);
    await visitor.page.goto(url ?? '');
    await visitor.open();
    await visitor.page.getByLabel('Password').waitFor();
    expect(new URL(visitor.page.url()).host).toBe(provider);
  }));

const ports = portMatrix(lab).map((row) => ({
  ...row,
  address: row.address.replace(lab.settings.variables.LAB_NET ?? '', net()),
}));
// The first line of an HTTP answer, "open" for other protocols; fails when nobody listens.
const knock = `exec 3<>"/dev/tcp/$1/$2" || exit 7
[ -n "$3" ] || { echo open; exit; }
printf 'GET %s HTTP/1.1\\r\\nHost: %s\\r\\nConnection: close\\r\\n\\r\\n' "$3" "$1" >&3
IFS= read -r -t 20 line <&3 && echo "$line"`;

async function knockFrom(vantage: string, args: string[]): Promise<{ code: number; out: string }> {
  const command = ['bash', '-s', '--', ...args];
  if (vantage !== 'controller') return askHost(vantage, knock, ...command);
  const ran = await execa('bash', command.slice(1), { input: knock, reject: false });
  return { code: ran.exitCode ?? -1, out: ran.stdout };
}

describe.each(['trusted', 'management', 'controller'])('asked from %s', (vantage) => {
  it.each(ports)(
    '$service at port $port of $host: open $isOpen',
    async ({ address, port, isOpen, without }) => {
      const { code, out } = await knockFrom(vantage, [address, String(port), without?.path ?? '']);
      expect(code === 0).toBe(isOpen);
      if (isOpen)
        expect(out).toMatch(without ? new RegExp(`^HTTP/1.1 ${without.status} `) : 'open');
    },
  );
});

describe('a port that is closed as docs/operating.md says', () => {
  const rule = (action: string, to: string[]) => [
    ...['iptables', action, 'DOCKER-USER', '-p', 'tcp', '-m', 'conntrack'],
    ...['--ctorigdstport', '11434', '--ctdir', 'ORIGINAL', ...to],
  ];
  const rules = [
    ['-j', 'DROP'],
    ['-s', `${net()}.11`, '-j', 'RETURN'],
  ];
  // A dropped packet is not answered: two minutes, if nobody ends it.
  const words = ['timeout', '5', 'bash', '-c', `: <>/dev/tcp/${net()}.12/11434`];
  const tryFrom = async (vantage: string): Promise<boolean> => {
    if (vantage !== 'controller') return (await askHost(vantage, '', ...words)).code === 0;
    return (await execa('timeout', words.slice(1), { reject: false })).exitCode === 0;
  };

  it('is open to the host that uses it, and to nobody else', async () => {
    for (const to of rules) await onHost('management', ...rule('-I', to));
    try {
      expect(await tryFrom('trusted')).toBe(true);
      expect(await tryFrom('controller')).toBe(false);
    } finally {
      for (const to of rules) await onHost('management', ...rule('-D', to));
    }
    expect(await tryFrom('controller')).toBe(true);
  });
});

describe('a host', () => {
  it.each(lab.hosts.map(({ name }) => name))('%s listens for nothing else', async (name) => {
    const listening = (await onHost(name, 'ss', '-Hltn'))
      .split('\n')
      .map((line) => line.trim().split(/ +/)[3] ?? '')
      .filter((address) => !/^(127\.|\[::1\])/.test(address))
      .map((address) => Number(address.replace(/.*:/, '')));
    const own = ports.filter(({ host, isOpen }) => host === name && isOpen);
    const edge = lab.ingress.host === name ? [80, 443] : [];
    expect([...new Set(listening)].sort()).toEqual(
      [22, ...edge, ...own.map(({ port }) => port)].sort(),
    );
  });
});
