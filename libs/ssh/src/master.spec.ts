import { describe, expect, it } from '@jest/globals';
import { socketParent } from './socket-parent';

/** sockaddr_un of macOS; OpenSSH binds a control socket as `<path>.<16 letters>` first. */
const longest = 104 - 1;
const boundLater = '/ai-stack-ssh-XXXXXX/s.ABCDEFGHIJKLMNOP';

describe('socketParent', () => {
  it.each([
    ['/tmp', '/tmp'],
    ['/var/folders/zz/zyxvpxvq6csfxvn_n0000000000000/T', 'itself'],
    ['/var/folders/zz/zyxvpxvq6csfxvn_n0000000000000/T/nix-shell.abc123', '/tmp'],
    [`/${'a'.repeat(59)}`, 'itself'],
    [`/${'a'.repeat(60)}`, '/tmp'],
    [`/${'\u00e4'.repeat(40)}`, '/tmp'],
    ['/tmp/100%', '/tmp'],
  ])('of %s', (temporary, expected) => {
    const parent = socketParent(temporary);
    expect(parent).toBe(expected === 'itself' ? temporary : expected);
    expect(Buffer.byteLength(parent + boundLater)).toBeLessThanOrEqual(longest);
  });
});
