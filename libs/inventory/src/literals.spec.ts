import { describe, expect, it } from '@jest/globals';
import {
  contractSchema,
  dnsSchema,
  hostSchema,
  ingressSchema,
  modelSchema,
  settingsSchema,
  ssoSchema,
} from '@ai-stack/core';
import { parseDocument, stringify } from 'yaml';
import { z, type ZodType } from 'zod';
import { errorsOf, validFiles, withWorkspace, type Files } from '../fixtures/workspace';
import { readEnvironment } from './index';
import { parseSource } from './source';
import { addressKeys } from './variables';

/** Texts that a shell, Compose, a zone file or a terminal would take for more than letters. */
const dangerous = [
  '$(reboot)',
  '`reboot`',
  '${HOME}',
  '$HOME',
  '$$',
  'a; reboot',
  'a && reboot',
  'a | cat',
  'a > /etc/passwd',
  "a'b",
  'a"b',
  'a\\b',
  'a\nb',
  'a\r\nb',
  'a\tb',
  'a\u0000b',
  'a\u001b[31mb',
  '../../etc',
  '-rf',
  '#a',
  '*',
  '~root',
  '{a,b}',
  '%h',
  '`',
  ' a',
  '',
];

/** Every text field of every file: where it stands, and what of it may be taken literally. */
const fields: [path: string, key: string, literal: 'never' | 'line'][] = [
  ['env/environment.yaml', 'domain', 'never'],
  ['env/environment.yaml', 'secretsFile', 'never'],
  ['env/environment.yaml', 'registryMirror', 'never'],
  ['env/environment.yaml', 'network.name', 'never'],
  ['env/environment.yaml', 'network.subnet', 'never'],
  ['env/environment.yaml', 'network.ipv6', 'never'],
  ['env/environment.yaml', 'logging.maxSize', 'never'],
  ['env/dns.yaml', 'mode', 'never'],
  ['env/dns.yaml', 'host', 'never'],
  ['env/dns.yaml', 'upstreams.0', 'never'],
  ['env/dns.yaml', 'contact', 'never'],
  ['env/dns.yaml', 'extraRecords.0.value', 'line'],
  ['env/ingress.yaml', 'host', 'never'],
  ['env/ingress.yaml', 'network', 'never'],
  ['env/ingress.yaml', 'entrypoint', 'never'],
  ['env/ingress.yaml', 'certResolver', 'never'],
  ['env/ingress.yaml', 'middleware', 'never'],
  ['env/ingress.yaml', 'apiAccess', 'never'],
  ['env/ingress.yaml', 'lanRanges.0', 'never'],
  ['env/ingress.yaml', 'caFile', 'never'],
  ['env/sso.yaml', 'providerName', 'line'],
  ['env/sso.yaml', 'applications.chat', 'never'],
  ['env/sso.yaml', 'groups.users', 'line'],
  ['env/sso.yaml', 'groups.admins', 'line'],
  ['env/hosts/two.yaml', 'description', 'line'],
  ['env/hosts/two.yaml', 'fqdn', 'never'],
  ['env/hosts/two.yaml', 'address', 'never'],
  ['env/hosts/two.yaml', 'role', 'never'],
  ['env/hosts/two.yaml', 'ssh.user', 'never'],
  ['env/hosts/two.yaml', 'ssh.jump', 'never'],
  ['env/hosts/two.yaml', 'ssh.identity', 'never'],
  ['env/hosts/two.yaml', 'ssh.knownHosts', 'never'],
  ['env/hosts/two.yaml', 'services.0', 'never'],
  ['env/hosts/two.yaml', 'gpus.0.device', 'never'],
  ['env/hosts/two.yaml', 'dataRoot', 'never'],
  ['env/hosts/two.yaml', 'stackRoot', 'never'],
  ['env/models/fast.yaml', 'publicName', 'never'],
  ['env/models/fast.yaml', 'aliases.0', 'never'],
  ['env/models/fast.yaml', 'engine', 'never'],
  ['env/models/fast.yaml', 'id', 'never'],
  ['env/models/fast.yaml', 'hosts.0', 'never'],
  ['env/models/fast.yaml', 'gpu.device', 'never'],
  ['env/models/fast.yaml', 'servedName', 'never'],
  ['env/models/fast.yaml', 'revision', 'never'],
  ['env/models/fast.yaml', 'toolCallParser', 'never'],
  ['apps/chat/service.yaml', 'description', 'line'],
  ['apps/chat/service.yaml', 'endpoints.0.name', 'never'],
  ['apps/chat/service.yaml', 'endpoints.0.label', 'never'],
  ['apps/chat/service.yaml', 'needs.0.service', 'never'],
];

const schemas: Record<string, ZodType> = {
  'env/environment.yaml': settingsSchema,
  'env/dns.yaml': dnsSchema,
  'env/ingress.yaml': ingressSchema,
  'env/sso.yaml': ssoSchema,
  'env/hosts/two.yaml': hostSchema,
  'env/models/fast.yaml': modelSchema,
  'apps/chat/service.yaml': contractSchema,
};

/** Harmless there: a path always gets the workspace before it, and a slug stands inside a URL. */
const isHarmless = (key: string, text: string) =>
  text === '-rf' &&
  ['secretsFile', 'caFile', 'applications.chat'].includes(key.replace(/^ssh\..*/, 'caFile'));

describe('texts with a meaning elsewhere', () => {
  it.each(fields)(
    '%s, %s: each is refused with its place, or stays as it is (%s)',
    (path, key, literal) => {
      for (const text of dangerous.filter((candidate) => !isHarmless(key, candidate))) {
        const file = withText(path, key, text)[path] ?? '';
        const source = parseSource(file, path, schemas[path] ?? z.never(), {
          name: 'x',
          addressKeys: Object.values(addressKeys).flat(),
          variables: { NET: '10.9.8' },
        });
        const isLine = text !== '' && !/[\u0000-\u001f]/.test(text);
        const messages = source.errors.map(({ message }) => message);
        if (literal === 'line' && isLine) {
          expect([text, messages]).toEqual([text, []]);
          expect(JSON.stringify(source.value)).toContain(JSON.stringify(text));
        } else expectRefused(path, key, text, messages);
      }
    },
  );

  it.each(fields)('%s, %s: is refused once when everything is read', (path, key, literal) => {
    for (const text of ['$(reboot)', 'a\nb']) {
      if (literal === 'line' && text !== 'a\nb') continue;
      expectRefused(path, key, text, errorsOf(withText(path, key, text)));
    }
  });

  it('stay as they are in options, `${...}` too', () => {
    const optionSchemas = { chat: z.strictObject({ title: z.string() }) };
    for (const text of dangerous) {
      const files = {
        ...validFiles,
        'apps/chat/environments/test.yaml': stringify({ title: text }),
      };
      expect([text, errorsOf(files, { optionSchemas })]).toEqual([text, []]);
      expect(readBack(files)).toContain(JSON.stringify(text));
    }
  });

  it('are refused as names of keys', () => {
    for (const text of [...dangerous, '__proto__', 'constructor']) {
      const files = withText('env/sso.yaml', 'applications', { [text]: 'chat' });
      const errors = errorsOf(files);
      expect([text, errors.length > 0]).toEqual([text, true]);
      expect(errors[0]).toMatch(/^env\/sso\.yaml:\d+:\d+, applications/);
    }
  });
});

function expectRefused(path: string, key: string, text: string, messages: string[]): void {
  const place = new RegExp(`^${path.replaceAll('.', '\\.')}:\\d+:\\d+, ${key}(?:, |: )`);
  const atPlace = messages.filter((message) => place.test(message));
  expect([text, messages, atPlace.length]).toEqual([text, messages, 1]);
  for (const message of messages) {
    expect(message.replace(/\n {2}fix: /, '')).not.toMatch(/[\u0000-\u001f]/);
  }
}

/** The valid files with one key of one of them set; `x.0` is the first entry of a list. */
function withText(path: string, key: string, value: unknown): Files {
  const before: Record<string, string> = {
    'env/dns.yaml': 'extraRecords:\n  - {name: a, type: TXT, value: x}\n',
    'env/models/fast.yaml': 'hosts: [two]\n',
  };
  const document = parseDocument((validFiles[path] ?? '') + (before[path] ?? ''));
  const steps = key.split('.').map((step) => (/^\d+$/.test(step) ? Number(step) : step));
  document.setIn(steps, document.createNode(value));
  return { ...validFiles, [path]: document.toString() };
}

function readBack(files: Files): string {
  return withWorkspace(files, (root) =>
    JSON.stringify(readEnvironment(root, 'test', { variables: {} })),
  );
}
