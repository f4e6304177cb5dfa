/**
 * Where the directory of a control socket goes: the temporary directory, unless the path would be too long for a Unix
 * socket. macOS takes 104 bytes with the final NUL (Linux 108); its own $TMPDIR has 48 of them, our directory 20 and
 * the socket 2, and OpenSSH binds under a name that is 17 longer. A `%` would be expanded by OpenSSH.
 */
export function socketParent(temporary: string): string {
  const fits = Buffer.byteLength(temporary) <= 60 && !temporary.includes('%');
  return fits ? temporary : '/tmp';
}
