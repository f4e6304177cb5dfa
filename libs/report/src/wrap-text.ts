import { stripVTControlCharacters } from 'node:util';
import stringWidth from 'fast-string-width';

/** Columns of every report, so that it can be read in a log and in a mail. */
export const reportWidth = 100;

/** Columns that a text takes in a terminal; colour codes take none. */
export function widthOf(text: string): number {
  return stringWidth(text);
}

/** Fills a text up with spaces; a longer one stays as it is. */
export function padText(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const space = ' '.repeat(Math.max(0, width - widthOf(text)));
  return align === 'left' ? text + space : space + text;
}

/** Breaks a text without colours into lines of at most `width`: at its newlines, at spaces, else inside a word. */
export function wrapText(text: string, width: number): string[] {
  return text.split(/\r?\n/).flatMap((line) => wrapLine(line, width));
}

/** A text whose further lines stand below its first word: `fix: do this ...`. */
export function hangText(first: string, text: string, width: number): string[] {
  const indent = ' '.repeat(widthOf(first));
  return wrapText(text, Math.max(20, width - indent.length)).map(
    (line, at) => (at === 0 ? first : indent) + line,
  );
}

/** Makes a text of unknown origin harmless: no control characters but newlines, so that it steers no terminal. */
export function cleanText(text: string): string {
  return stripVTControlCharacters(text)
    .replaceAll('\t', ' ')
    .replaceAll(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g, '');
}

function wrapLine(line: string, width: number): string[] {
  const indent = /^ */.exec(line)?.[0] ?? '';
  const lines: string[] = [];
  let current = indent;
  for (const word of wordsOf(line)) {
    const joined = current.trim() === '' ? current + word : `${current} ${word}`;
    if (widthOf(joined) <= width) {
      current = joined;
      continue;
    }
    if (current.trim() !== '') lines.push(current);
    const parts = word.includes(' ') ? [word] : splitWord(word, width);
    lines.push(...parts.slice(0, -1));
    current = parts.at(-1) ?? '';
  }
  return [...lines, current];
}

/** The words of a line; a command of Nx with its options counts as one, because broken over two lines it cannot be pasted. */
function wordsOf(line: string): string[] {
  const words: string[] = [];
  for (const word of line.trim().split(/ +/)) {
    const last = words.at(-1);
    if (last !== undefined && isContinued(last, word)) words[words.length - 1] = `${last} ${word}`;
    else words.push(word);
  }
  return words;
}

/** Whether a word is the next one of the command that ends with `text`. */
function isContinued(text: string, word: string): boolean {
  if (/(?:^|\W)npx$/.test(text)) return word === 'nx';
  if (/(?:^|\W)nx$/.test(text)) return /^run(?:-many)?$/.test(word);
  if (!/(?:^|\W)nx run(?:-many)? ?/.test(text) || /[,;.)]$/.test(text)) return false;
  if (/="[^"]*$/.test(text) || / -[a-z]$/.test(text)) return true;
  return / run$/.test(text) ? word.includes(':') : word.startsWith('-');
}

/** Breaks a word behind a punctuation mark, such as those of a path, where that leaves no short line. */
function splitWord(word: string, width: number): string[] {
  const parts: string[] = [];
  let rest = word;
  while (widthOf(rest) > width) {
    const head = headOf(rest, width);
    const mark = (/^.*[/:@._,=&?-]/s.exec(head)?.[0] ?? '').length;
    const end = mark * 3 >= head.length ? mark : head.length;
    parts.push(rest.slice(0, end));
    rest = rest.slice(end);
  }
  return [...parts, rest];
}

/** As many characters as fit, but at least one. */
function headOf(word: string, width: number): string {
  let head = '';
  for (const character of word) {
    if (head !== '' && widthOf(head + character) > width) break;
    head += character;
  }
  return head;
}
