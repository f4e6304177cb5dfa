import { expect, it } from '@jest/globals';
import { lookupName } from './lookup-name';

it.each([
  ['hostname one.example.org\nport 22\n', 'one.example.org'],
  ['user ops\nhostname one.example.org\nport 2222\n', '[one.example.org]:2222'],
  ['hostname 192.0.2.1\nport 2222\nhostkeyalias one\n', 'one'],
  ['', undefined],
])('of the settings %j the name in known_hosts is %s', (settings, name) => {
  expect(lookupName(settings)).toBe(name);
});
