import { describe, expect, it } from '@jest/globals';
import { exitCodes, imageSchema, StackError, type Hooks } from '@ai-stack/core';
import { z } from 'zod';
import { edited, errorsOf, validFiles, withWorkspace, without } from '../fixtures/workspace';
import type { Files } from '../fixtures/workspace';
import { readContracts, readEnvironment } from './index';

const optionSchemas = { chat: z.strictObject({ image: imageSchema }) };
const hostOne = 'env/hosts/one.yaml';
const two = 'env/hosts/two.yaml';
const small = 'env/models/small.yaml';
const fast = 'env/models/fast.yaml';
const add = (path: string, text: string): Files => ({ ...validFiles, [path]: text });
const append = (path: string, text: string, files = validFiles): Files => ({
  ...files,
  [path]: (files[path] ?? '') + text,
});
/** A DNS server of the operator has the names, so that no service of the stack answers. */
const ownServer: Files = {
  ...edited(hostOne, '  - dns\n', ''),
  'env/dns.yaml': 'mode: none\nserver: 10.9.8.2\n',
};

const bad: [string, Files, string[]][] = [
  [
    'a colon too many',
    edited(hostOne, 'fqdn: one', 'fqdn: : one'),
    [`${hostOne}:1:`, 'not valid YAML'],
  ],
  ['a tab', edited(two, '  - runner', '\t- runner'), [`${two}:5:`, 'not valid YAML']],
  ['a quote left open', edited(hostOne, 'one.example.test', '"one'), [hostOne, 'not valid YAML']],
  [
    'a double key',
    append(hostOne, 'role: other\n'),
    [`${hostOne}:7:1`, 'the key role is given twice: keys must be unique'],
  ],
  ['a double key in quotes', append(hostOne, '"role": other\n'), ['the key role is given twice']],
  [
    'a double key of two words',
    append(hostOne, 'a b: 1\na b: 2\n'),
    ['the key a b is given twice'],
  ],
  ['two documents', append(hostOne, '---\nfqdn: x\n'), [hostOne, 'multiple documents']],
  ['an anchor', edited(hostOne, 'trusted', '&a trusted'), [`${hostOne}:3:`, 'the anchor &a']],
  ['an alias', edited(two, 'role: management', 'role: &a b\ndescription: *a'), ['the alias *a']],
  [
    'a tag',
    edited(hostOne, 'trusted', '!env trusted'),
    [`${hostOne}:3:`, 'the tag !env is not allowed'],
  ],
  ['a list for a file', add(hostOne, '- a\n'), [`${hostOne}:1:1: found a list, allowed: a map`]],
  [
    'an empty file',
    add(hostOne, '# nothing\n'),
    [`${hostOne}:1:1: the file is empty, allowed: `, 'fqdn'],
  ],
  [
    'a network with a range that a host has an address of',
    append('env/environment.yaml', 'network: { subnet: 10.9.0.0/16 }\n'),
    [
      'env/environment.yaml:4:20, network.subnet: 10.9.0.0/16 holds 10.9.8.11, the address of one: containers could not reach it',
      'choose a range that nothing in your network uses',
    ],
  ],
  [
    'a network with a range that an upstream has an address of',
    append('env/environment.yaml', 'network: { subnet: 10.9.8.0/28 }\n'),
    ['network.subnet: 10.9.8.0/28 holds 10.9.8.2, the address of one of the upstreams'],
  ],
  [
    'a range that does not begin with its first address',
    append('env/environment.yaml', 'network: { subnet: 10.210.0.1/24 }\n'),
    ['network.subnet: found "10.210.0.1/24", allowed: the first address of the range'],
  ],
  [
    'a range with room for nothing',
    append('env/environment.yaml', 'network: { subnet: 10.210.0.0/30 }\n'),
    ['network.subnet: found "10.210.0.0/30", allowed: an IPv4 range of /8 to /28'],
  ],
  [
    'an MTU that is too small',
    append('env/environment.yaml', 'network: { mtu: 500 }\n'),
    ['network.mtu: found 500, allowed: at least 1280'],
  ],
  [
    'an unknown key of the network',
    append('env/environment.yaml', 'network: { subnets: 10.210.0.0/24 }\n'),
    ['unknown key "subnets", allowed: name, subnet, mtu, ipv6', 'did you mean subnet?'],
  ],
  ['a missing file', without('env/sso.yaml'), ['env/sso.yaml: the file is missing']],
  [
    'a missing key',
    edited(hostOne, 'role: trusted\n', ''),
    [`${hostOne}:1:1, role: the key role is missing`],
  ],
  [
    'an unknown key',
    edited(hostOne, 'address:', 'adress:'),
    [
      `${hostOne}:2:1, adress: unknown key "adress", allowed: description, fqdn, address`,
      'did you mean address?',
    ],
  ],
  [
    'an unknown key further in',
    append(hostOne, 'ssh:\n  usr: root\n'),
    [
      `${hostOne}:8:3, ssh.usr: unknown key "usr", allowed: user, port, sudo, jump`,
      'did you mean user?',
    ],
  ],
  [
    'a key inside a list',
    edited(two, 'memoryGiB', 'memory'),
    [`${two}:9:5, gpus.0.memory: unknown`],
  ],
  [
    'a wrong word',
    edited('env/dns.yaml', 'resolver', 'resolvr'),
    [
      'env/dns.yaml:1:7, mode: found "resolvr", allowed: one of resolver, none, rfc2136',
      'mean resolver?',
    ],
  ],
  [
    'a number for a text',
    edited(hostOne, 'trusted', '5'),
    ['found 5, allowed: a text', 'quotes: "5"'],
  ],
  [
    'a login that is left out',
    edited('env/ingress.yaml', 'middleware: authentik@docker', 'middleware:'),
    ['middleware: found null, allowed: name@provider, or none: then everyone'],
  ],
  [
    'a login that is off',
    edited('env/ingress.yaml', 'middleware: authentik@docker', 'middleware: off'),
    ['middleware: found "off", allowed: name@provider, or none'],
  ],
  [
    'no word about the login',
    edited('env/ingress.yaml', 'middleware: authentik@docker\n', ''),
    ['middleware is missing, allowed: name@provider, or none'],
  ],
  [
    'a port of none',
    append(hostOne, 'ssh: {port: 70000}\n'),
    ['found 70000, allowed: at most 65535'],
  ],
  [
    'no address',
    edited(hostOne, '${NET}.11', 'one.lan'),
    [`${hostOne}:2:10, address: found "one.lan", allowed: an IPv4 or IPv6`],
  ],
  ...['0.0.0.0', 'fe80::1'].flatMap((address): [string, Files, string[]][] => [
    [
      `the address ${address}`,
      edited(hostOne, '${NET}.11', `"${address}"`),
      [`${hostOne}:2:10, address: found "${address}", allowed: the address of one machine`],
    ],
    [
      `the upstream ${address}`,
      edited('env/dns.yaml', '${NET}.2', `"${address}"`),
      [`env/dns.yaml:4:5, upstreams.0: found "${address}", allowed: the address of one machine`],
    ],
  ]),
  [
    'the DNS host as its own upstream',
    edited('env/dns.yaml', '${NET}.2', '${NET}.11'),
    ['env/dns.yaml:4:5, upstreams.0: 10.9.8.11 is the address of one, which is to answer itself'],
  ],
  [
    'one address in two spellings',
    {
      ...edited(hostOne, '${NET}.11', 'fd00::1'),
      [two]: edited(two, '${NET}.12', 'FD00:0::1')[two] ?? '',
    },
    ['one and two both have the address "FD00:0::1"'],
  ],
  [
    'a variable that is not declared',
    edited(hostOne, '${NET}', '${NETS}'),
    [
      `${hostOne}:2:10, address: \${NETS} is not a variable`,
      'did you mean ${NET}?',
      'declared: NET',
    ],
  ],
  [
    'a variable of rubbish',
    edited('env/environment.yaml', '10.9.8', '"10.9; reboot"'),
    ['address: found "${NET}.11" (that is "10.9; reboot.11"), allowed: an IPv4 or IPv6 address'],
  ],
  [
    'a variable elsewhere',
    edited(hostOne, 'fqdn: one', 'fqdn: ${NET}'),
    [`${hostOne}:1:7, fqdn: found "\${NET}`],
  ],
  [
    'no host',
    Object.fromEntries(
      Object.entries(validFiles).filter(([path]) => !path.startsWith('env/hosts')),
    ),
    ['has no host'],
  ],
  [
    'a missing host',
    without(hostOne),
    ['env/dns.yaml:2:7, host: there is no host "one", allowed: two'],
  ],
  [
    'an unknown ingress host',
    edited('env/ingress.yaml', 'one', 'onne'),
    ['env/ingress.yaml:1:7, host: there is no host "onne"', 'did you mean one?'],
  ],
  [
    'an unknown service',
    edited(two, 'runner', 'runer'),
    [
      `${two}:5:5, services.0: unknown service "runer", allowed: chat, dns, runner, server`,
      'did you mean runner?',
    ],
  ],
  [
    'a service twice',
    edited(hostOne, '  - chat', '  - dns\n  - chat'),
    [`${hostOne}:6:5, services.1: dns is named twice`],
  ],
  [
    'a need placed nowhere',
    edited(two, '  - runner\n', ''),
    [`${hostOne}:6:5, services.1: chat needs runner, which is not placed on any host`],
  ],
  [
    'an engine placed nowhere',
    edited(two, '  - server\n', ''),
    [`${fast}:4:9, engine: server is not placed on any host`],
  ],
  [
    'a model on a host without its engine',
    append(small, 'hosts: [one]\n'),
    [`${small}:9:9, hosts.0: runner is not placed on one, but on two`],
  ],
  [
    'a model on an unknown host',
    append(small, 'hosts: [tow]\n'),
    ['there is no host "tow"', 'mean two?'],
  ],
  [
    'an engine that is none',
    edited(small, 'engine: runner', 'engine: chat'),
    [`${small}:2:9, engine: found "chat", allowed: one of runner, server`],
  ],
  [
    'one name twice',
    edited(small, 'publicName: small', 'publicName: quick'),
    [`${small}:1:13, publicName: the name quick is used by fast, too`],
  ],
  [
    'an alias of itself',
    edited(fast, 'quick', 'fast'),
    [`${fast}:3:5, aliases.0: the name fast is used twice`],
  ],
  [
    'servedName for runner',
    append(small, 'servedName: x\n'),
    [`${small}:9:13, servedName: servedName is for server only`],
  ],
  [
    'a parser for runner',
    append(small, 'toolCallParser: x\n'),
    ['toolCallParser is for server only'],
  ],
  [
    'chat with the prefixes of an embedding model',
    edited(small, 'kind: chat', "kind: chat\nprefixes: { query: 'q: ', document: 'd: ' }"),
    ['prefixes are for a model that embeds'],
  ],
  [
    'a prefix without the other',
    edited(small, 'kind: chat', "kind: embedding\nprefixes: { query: 'q: ' }"),
    ['document is missing'],
  ],
  [
    'embedding with tools',
    edited(small, 'kind: chat', 'kind: embedding\ntools: true'),
    ['an embedding model calls no tools'],
  ],
  [
    'an unknown GPU',
    edited(small, '"0"', '"1"'),
    [`${small}:7:11, gpu.device: two has no GPU "1", allowed: 0`],
  ],
  [
    'a full GPU',
    edited(small, 'memoryGiB: 4', 'memoryGiB: 5'),
    [
      `${two}:9:16, gpus.0.memoryGiB: GPU 0 has 24 GiB, and its models take 25 GiB (fast 20 + small 5)`,
    ],
  ],
  [
    'a full GPU, with the ways out',
    edited(small, 'memoryGiB: 4', 'memoryGiB: 14'),
    [
      'its models take 34 GiB (fast 20 + small 14)',
      'free 10 GiB: an id with fewer bits',
      'smaller contextLength',
      'no gpu in the file of fast or small, which then runs on the CPU',
      'one engine off: server or runner with its models',
    ],
  ],
  [
    'a GPU twice',
    append(two, '  - device: "0"\n    memoryGiB: 24\n'),
    [`${two}:10:13, gpus.1.device: device 0 is listed twice`],
  ],
  [
    'one port twice',
    edited('apps/server/service.yaml', '8000', '11434'),
    [`${two}:6:5, services.1: runner and server both publish port 11434 on two`],
  ],
  [
    'a public port needed from outside',
    {
      ...edited('apps/chat/service.yaml', '8080', '53'),
      'apps/server/service.yaml': `${validFiles['apps/server/service.yaml'] ?? ''}needs: [{service: chat}]\n`,
    },
    ['dns and chat both publish port 53 on one'],
  ],
  [
    'one label twice',
    edited('apps/runner/service.yaml', 'exposure', 'label: chat, exposure'),
    ['the label chat is used by chat and runner'],
  ],
  [
    'a resolver without a host',
    edited('env/dns.yaml', 'host: one\n', ''),
    ['env/dns.yaml', 'host: the key host is missing, allowed: the name of a host'],
  ],
  [
    'a resolver without upstreams',
    { ...validFiles, 'env/dns.yaml': 'mode: resolver\nhost: one\n' },
    ['upstreams: the key upstreams is missing, allowed: a list of addresses', 'add upstreams: ...'],
  ],
  [
    'a resolver and a server of our own',
    append('env/dns.yaml', 'server: 10.9.8.2\n'),
    ['env/dns.yaml:5:9, server: server has no effect: server is for mode: none'],
  ],
  [
    'a server of our own without its address',
    { ...ownServer, 'env/dns.yaml': 'mode: none\n' },
    ['server: the key server is missing, allowed: the address of the DNS server'],
  ],
  ...Object.entries({
    host: 'one',
    upstreams: '[10.9.8.2]',
    ttlSeconds: 60,
    contact: 'a@b.test',
    extraRecords: '[]',
  }).map(([key, value]): [string, Files, string[]] => [
    `a server of our own and ${key}`,
    append('env/dns.yaml', `${key}: ${value}\n`, ownServer),
    [`${key}: ${key} has no effect: the stack serves no zone with mode: none`, 'remove it, or'],
  ]),
  [
    'a server of our own and dns on a host',
    { ...ownServer, [hostOne]: validFiles[hostOne] ?? '' },
    [
      `${hostOne}:5:5, services.0: dns would answer for the zone, and mode: none in dns.yaml leaves it`,
      'remove dns here, or write mode: resolver with host and upstreams in dns.yaml',
    ],
  ],
  [
    'a server of every machine',
    edited('env/dns.yaml', '10.9.8.2', '0.0.0.0', ownServer),
    ['server: found "0.0.0.0", allowed: the address of one machine'],
  ],
  [
    'dns not where it answers',
    edited('env/dns.yaml', 'host: one', 'host: two'),
    ['env/dns.yaml:2:7, host: two is named in dns.yaml, but the service dns is not placed there'],
  ],
  [
    'one address twice',
    edited(two, '.12', '.11'),
    [`${two}:2:10, address: one and two both have the address "10.9.8.11"`],
  ],
  [
    'one fqdn twice',
    edited(two, 'two.example', 'one.example'),
    ['both have the fqdn "one.example.test"'],
  ],
  [
    'an fqdn outside of the zone',
    edited(two, 'two.example.test', 'two.example.org'),
    [`${two}:1:7, fqdn: "two.example.org" is outside example.test, so dns cannot answer`],
  ],
  [
    'lan without ranges',
    edited('env/ingress.yaml', '  - ${NET}.0/24', '  []'),
    ['lanRanges: apiAccess is lan, but no range'],
  ],
  [
    'an application of nothing',
    edited('env/sso.yaml', 'chat:', 'chatt:'),
    ['env/sso.yaml:3:10, applications.chatt: unknown service "chatt"', 'did you mean chat?'],
  ],
  [
    'http for the login',
    edited('env/sso.yaml', 'https:', 'http:'),
    ['env/sso.yaml:1:6, url: found "http://auth.example.test/"'],
  ],
  ...['application/o/chat/', '?next=x', '#top'].map((tail): [string, Files, string[]] => [
    `the address of one application or page: ${tail}`,
    edited('env/sso.yaml', 'auth.example.test/', `auth.example.test/${tail}`),
    ['env/sso.yaml:1:6, url', 'the address of the provider alone'],
  ]),
  [
    'an address with a password',
    edited('env/sso.yaml', 'https://', 'https://me:secret@'),
    ['env/sso.yaml:1:6, url', 'the address of the provider alone'],
  ],
  [
    'a cyclic need',
    append('apps/runner/service.yaml', 'needs: [{service: chat}]\n'),
    [
      'apps/chat/service.yaml:5:3, needs: the needs of these services form a cycle: chat -> runner -> chat',
    ],
  ],
  [
    'a need of itself',
    append('apps/runner/service.yaml', 'needs: [{service: runner}]\n'),
    ['runner needs itself'],
  ],
  [
    'a need of nobody',
    append('apps/runner/service.yaml', 'needs: [{service: runer}]\n'),
    ['apps/runner/service.yaml:5:19, needs.0.service: there is no service runer', 'mean runner?'],
  ],
  [
    'an endpoint twice',
    edited(
      'apps/chat/service.yaml',
      'needs:',
      '  - {name: web, port: 1, protocol: http, exposure: internal}\nneeds:',
    ),
    ['two endpoints are called web'],
  ],
  [
    'public without label',
    edited('apps/chat/service.yaml', 'label: chat, ', ''),
    ['a public endpoint without a label'],
  ],
  [
    'public dns',
    edited('apps/chat/service.yaml', 'protocol: http', 'protocol: dns'),
    ['cannot be dns'],
  ],
  [
    'options of an unknown service',
    add('apps/chatt/environments/test.yaml', 'image: a:1.2.3\n'),
    ['apps/chatt/environments/test.yaml: there is no service chatt', 'did you mean apps/chat?'],
  ],
  [
    'options of an unknown environment',
    add('apps/chat/environments/tset.yaml', 'image: a:1.2.3\n'),
    ['apps/chat/environments/tset.yaml, service chat: nothing reads this file'],
  ],
  [
    'an unpinned image',
    edited('apps/chat/environments/test.yaml', ':1.2.3', ''),
    [
      'apps/chat/environments/test.yaml:1:8, image: found "docker.io/chat", allowed: an image as name:tag',
    ],
  ],
  [
    'a floating image',
    edited('apps/chat/environments/test.yaml', '1.2.3', 'latest'),
    ['image: found "docker.io/chat:latest", allowed: the tag latest floats'],
  ],
  [
    'an unknown option',
    append('apps/chat/environments/test.yaml', 'imge: x\n'),
    ['apps/chat/environments/test.yaml:2:1, imge: unknown key "imge", allowed: image'],
  ],
  [
    'missing options',
    without('apps/chat/environments/test.yaml'),
    ['the file is missing, and these options have no default: image'],
  ],
  [
    'empty options',
    add('apps/chat/environments/test.yaml', '# none\n'),
    ['the key image is missing'],
  ],
  [
    'a file of a name that is none',
    add(
      'env/hosts/Bad_Host.yaml',
      (validFiles[two] ?? '').replace('two', 'bad').replace('.12', '.13'),
    ),
    ['env/hosts/Bad_Host.yaml: "Bad_Host" is not allowed as the name of a file'],
  ],
  [
    '.yml',
    add('env/hosts/three.yml', 'x: 1\n'),
    ['env/hosts/three.yml: nothing reads this file', 'three.yaml'],
  ],
  [
    'a misspelt file',
    add('env/ingres.yaml', 'x: 1\n'),
    ['env/ingres.yaml: nothing reads this file', 'ingress.yaml'],
  ],
];

describe('bad input', () => {
  it('starts from an environment that is valid', () => {
    expect(errorsOf(validFiles, { optionSchemas })).toEqual([]);
  });

  it('is not that the zone is left to a DNS server of the operator, also with hosts elsewhere', () => {
    expect(errorsOf(ownServer, { optionSchemas })).toEqual([]);
    const elsewhere = edited(two, 'two.example.test', 'two.example.org', ownServer);
    expect(errorsOf(elsewhere, { optionSchemas })).toEqual([]);
    const named = edited('env/dns.yaml', '10.9.8.2', '${NET}.2', ownServer);
    withWorkspace(named, (root) => {
      const { dns } = readEnvironment(root, 'test', { variables: {} });
      expect(dns).toMatchObject({ mode: 'none', server: '10.9.8.2', upstreams: [] });
    });
  });

  it.each(bad)('%s', (_, files, expected) => {
    const errors = errorsOf(files, { optionSchemas });
    const match = errors.filter((error) => expected.every((part) => error.includes(part)));
    expect({ expected, errors, matches: match.length }).toEqual({ expected, errors, matches: 1 });
    for (const error of errors) expect(error).toContain('\n  fix: ');
  });

  it.each(bad.map(([name, files]) => [name, files] as const))(
    '%s: is said once, without errors that only follow from it',
    (_, files) => {
      expect(errorsOf(files, { optionSchemas }).length).toBeLessThanOrEqual(4);
    },
  );

  it('reports all errors of all files together, by file and line, with exit code 2', () => {
    const files = {
      ...validFiles,
      'env/sso.yaml': 'url: nowhere\n',
      [hostOne]: edited(hostOne, 'address:', 'adress:')[hostOne] ?? '',
      [two]: edited(two, 'runner', 'runer')[two] ?? '',
      'apps/server/service.yaml': 'description: x\n',
    };
    const errors = errorsOf(files, { optionSchemas }).map((error) => error.split(': ')[0]);
    expect(errors).toEqual([
      'apps/server/service.yaml:1:1, endpoints',
      'env/hosts/one.yaml:1:1, address',
      'env/hosts/one.yaml:2:1, adress',
      'env/hosts/one.yaml:6:5, services.1',
      'env/hosts/two.yaml:5:5, services.0',
      'env/models/small.yaml:2:9, engine',
      'env/sso.yaml:1:6, url',
    ]);
    withWorkspace(files, (root) => {
      const read = () => readEnvironment(root, 'test', { variables: {} });
      expect(read).toThrow(StackError);
      expect(read).toThrow(expect.objectContaining({ exitCode: exitCodes.badInput }));
      expect(() => readContracts(root)).toThrow('apps/server/service.yaml:1:1, endpoints');
    });
  });

  it('asks an engine what is wrong with its models, and says it at their keys', () => {
    const asked: [string, string[]][] = [];
    const server: Pick<Hooks, 'checkModels'> = {
      checkModels: (models) => {
        models.forEach(({ model, hosts }) => asked.push([model.name, hosts]));
        return [{ model: 'fast', key: 'id', what: 'too fast', fix: 'slow down' }];
      },
    };
    expect(errorsOf(validFiles, { optionSchemas, hooks: { server, chat: {} } })).toEqual([
      `${fast}:5:5, id: too fast\n  fix: slow down`,
    ]);
    expect(asked).toEqual([['fast', ['two']]]);
  });

  it('refuses an environment that is none, and says which there are', () => {
    withWorkspace(validFiles, (root) => {
      expect(() => readEnvironment(root, 'tst', { variables: {} })).toThrow(
        /there is no environment "tst"\n {2}fix: did you mean test\? use one of test/,
      );
    });
  });
});

it('takes the word none for public names without a login', () => {
  const files = edited('env/ingress.yaml', 'authentik@docker', 'none');
  withWorkspace(files, (root) => {
    const { ingress } = readEnvironment(root, 'test', { variables: {}, optionSchemas });
    expect(ingress.middleware).toBeNull();
  });
});
