import { StackError } from '@ai-stack/core';

const plainWord = /^[A-Za-z0-9_@%+=:,./-]+$/;
/** What single quotes do not keep literal in every login shell: `\` in fish, `!` and newlines in csh, and other
 *  locales' bytes in either. */
const unportable = /[^\x20-\x7e]|[\\!]/;
/** Linux' MAX_ARG_STRLEN is 128 KiB, and the host's login shell gets the whole command as one argument. */
const maxLength = 120_000;

/** An argument array as one POSIX shell command in which every word is literal. Throws a StackError for a NUL. */
export function quote(command: readonly string[]): string {
  return command.map(quoteWord).join(' ');
}

/**
 * An argument array as the command text that sshd hands to the user's login shell, whichever that is.
 * Only characters that sh, bash, zsh, fish and csh read alike reach the login shell: others travel as octal
 * escapes inside an `sh -c`. Throws a StackError for a NUL and for a text over 120000 bytes.
 */
export function quoteForLogin(command: readonly string[]): string {
  const quoted = command.map(quoteWord);
  const isPortable = quoted.every((word, at) => !unportable.test(command[at] ?? ''));
  const text = isPortable
    ? quoted.join(' ')
    : `sh -c 'eval "$(printf %b "$1")"' sh '${escapeOctal(quoted.join(' '))}'`;
  if (text.length > maxLength) {
    throw new StackError(`a command of ${text.length} bytes is too long for a remote shell`, {
      fix: 'pass its content as standard input',
    });
  }
  return text;
}

function quoteWord(word: string): string {
  if (word.includes('\0')) throw new StackError(`a command must not contain a NUL character`);
  if (plainWord.test(word) && !word.startsWith('=')) return word;
  return `'${word.replaceAll("'", "'\\''")}'`;
}

/** Bytes as `printf %b` reads them back; `\0ooo` is the form that POSIX gives for %b. */
function escapeOctal(text: string): string {
  return [...Buffer.from(text, 'utf8')]
    .map((byte) => {
      const character = String.fromCharCode(byte);
      if (/[\x20-\x7e]/.test(character) && !/['\\!]/.test(character)) return character;
      return `\\0${byte.toString(8).padStart(3, '0')}`;
    })
    .join('');
}
