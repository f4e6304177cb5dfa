import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { workspaceRoot } from '@ai-stack/inventory';
import { execaSync } from 'execa';
import { parse } from 'yaml';
import { applicationsOf } from '../doubles/idp/config';
import type { IdpFile } from '../doubles/idp/config';
import { scratchDirectory } from '../doubles/listen';

const here = join(workspaceRoot(), 'tools/lab/edge');
let scratch: ReturnType<typeof scratchDirectory>;
const bash = (script: string) =>
  execaSync(
    'bash',
    ['-euc', `. "$0/authority.sh"; . "$0/accounts.sh"; umask 077; ${script}`, here],
    {
      env: { state: scratch.directory, domain: 'lab.test' },
    },
  );
const read = (path: string) => readFileSync(join(scratch.directory, path), 'utf8');
const everything = () =>
  ['tls/ca.pem', 'tls/leaf.pem', 'secrets/lab.env', 'secrets/users', 'secrets/idp.json'].map(read);

beforeAll(() => {
  scratch = scratchDirectory();
  bash('write_authority; write_accounts');
});
afterAll(() => scratch.remove());

describe('authority', () => {
  it('has signed a leaf for every name of the lab', () => {
    const tls = join(scratch.directory, 'tls');
    const verify = [
      'verify',
      '-CAfile',
      `${tls}/ca.pem`,
      '-verify_hostname',
      'chat.lab.test',
      `${tls}/leaf.pem`,
    ];
    expect(execaSync('openssl', verify).stdout).toMatch(/: OK$/);
    const otherName = verify.map((word) => word.replace('chat.lab.test', 'chat.other.test'));
    expect(execaSync('openssl', otherName, { reject: false }).exitCode).not.toBe(0);
  });
  it.each(['tls/ca.key', 'tls/leaf.key', 'secrets/lab.env', 'secrets/idp.json', 'secrets/alice'])(
    '%s is for the owner alone',
    (path) => expect(statSync(join(scratch.directory, path)).mode & 0o777).toBe(0o600),
  );
});

describe('accounts', () => {
  it('give the same client to the provider and to the deploy', () => {
    const file = JSON.parse(read('secrets/idp.json')) as IdpFile;
    const client = applicationsOf(file).find(({ slug }) => slug === 'open-webui');
    expect(read('secrets/lab.env')).toBe(
      `OAUTH_CLIENT_ID=${client?.clientId ?? ''}\nOAUTH_CLIENT_SECRET=${client?.clientSecret ?? ''}\n`,
    );
    expect(client?.clientSecret).toMatch(/^[0-9a-f]{48}$/);
    expect(read('secrets/users')).toContain(`alice ${file.users[0]?.password ?? ''}\n`);
  });
  it('have a person without groups, and an application without bindings next to the bound ones', () => {
    const file = JSON.parse(read('secrets/idp.json')) as IdpFile;
    expect(file.users.find(({ username }) => username === 'bob')?.groups).toEqual([]);
    const open = applicationsOf(file).filter(({ allowedGroups }) => allowedGroups.length === 0);
    expect(open.map(({ slug }) => slug)).toEqual(['no-bindings']);
  });
  it('stay as they are when made again', () => {
    const before = everything();
    bash('write_authority; write_accounts');
    expect(everything()).toEqual(before);
  });
});

it('declares the middleware that the stack refers to', () => {
  const { services } = parse(readFileSync(join(here, 'compose.yaml'), 'utf8')) as {
    services: { idp: { labels: Record<string, string> }; traefik: { command: string[] } };
  };
  expect(services.idp.labels['traefik.http.middlewares.authentik.forwardauth.address']).toBe(
    'http://idp:9000/outpost.goauthentik.io/auth/traefik',
  );
  expect(services.traefik.command).toContain('--providers.docker.network=traefik');
});
