// What the documents point to: links with their anchors, sections named by their title, and paths of the repository.

/** The headings of a document: the anchors that a link may name, and the titles that a text may quote. */
export interface Headings {
  anchors: ReadonlySet<string>;
  titles: ReadonlySet<string>;
}

/** A link of a document, or a section that a text names; without anchor and title it names the whole document. */
export interface Reference {
  line: number;
  /** As it is written: from the place of the document for a link, from the root for a section that a text names. */
  path: string;
  anchor?: string;
  title?: string;
}

/** A path in backticks. */
export interface NamedPath {
  line: number;
  path: string;
}

/** As documents name an end-to-end spec: without its directory and its ending. */
const endToEnd = /^(?:light|whole)\//;

/** Directories at the root, and files that a text may name alone: the end of a path is enough. */
const rooted = /^(?:apps|docs|libs|tools|\.ci|\.forgejo|\.github)\//;
const file = /\.(?:cjs|cts|md|mjs|sh|ts)$/;

/** The headings of a document, with the anchors that GitHub and Forgejo make of them. Pure. */
export function headingsOf(text: string): Headings {
  const titles = [...withoutCode(text).matchAll(/^#{1,6} +(.*?) *#*$/gm)].map(([, title = '']) =>
    title.replaceAll('`', ''),
  );
  const anchors = new Set<string>();
  for (const title of titles) {
    const anchor = anchorOf(title);
    const repeated = [...anchors].filter((one) => one.replace(/-\d+$/, '') === anchor).length;
    anchors.add(repeated === 0 ? anchor : `${anchor}-${repeated}`);
  }
  return { anchors, titles: new Set(titles) };
}

function anchorOf(title: string): string {
  return title
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
}

/** The relative links of a document. Pure. */
export function linksOf(text: string): Reference[] {
  return [...withoutCode(text).matchAll(/\]\(([^)\s]*)[^)]*\)/g)].flatMap((match) => {
    const [path = '', anchor] = (match[1] ?? '').split('#');
    if (/^[a-z][a-z+.-]*:/.test(path)) return [];
    return [{ line: lineOf(text, match.index), path, ...(anchor === undefined ? {} : { anchor }) }];
  });
}

/** Every document of ours that a text names, with the section that it names. Pure. */
export function sectionsNamedIn(text: string): Reference[] {
  const document = String.raw`((?:docs/[\w-]+|README|CONTRIBUTING|CHANGELOG)\.md)(?:#([\w-]+))?`;
  const named = new RegExp(String.raw`(?<![\w./-])${document}(?:\`?,\s+\\?"([^"\\]+)\\?")?`, 'g');
  const before = new RegExp(String.raw`\\?"([^"\\]+)\\?" in \`?${document}`, 'g');
  return [
    ...[...text.matchAll(named)].map((match) => {
      const [, path = '', anchor, title] = match;
      return reference(text, match.index, path, anchor, title);
    }),
    ...[...text.matchAll(before)].map((match) => {
      const [, title, path = '', anchor] = match;
      return reference(text, match.index, path, anchor, title);
    }),
  ];
}

function reference(text: string, at: number, path: string, anchor?: string, title?: string) {
  return {
    line: lineOf(text, at),
    path,
    ...(anchor === undefined ? {} : { anchor }),
    ...(title === undefined ? {} : { title: title.replaceAll(/\s+/g, ' ') }),
  };
}

/** The paths in backticks that look like files or directories of the repository. Pure. */
export function pathsNamedIn(text: string): NamedPath[] {
  return [...withoutBlocks(text).matchAll(/`([^`\n]+)`/g)].flatMap((match) =>
    (match[1] ?? '')
      .split(/\s+/)
      .map((word) => word.replace(/^\.\//, '').replace(/[,.:;]+$/, ''))
      .filter((word) => /^[\w@.<>{},*][\w@.<>{},*/-]*$/.test(word))
      .filter((word) => [rooted, endToEnd, file].some((kind) => kind.test(word)))
      .map((path) => ({ line: lineOf(text, match.index), path })),
  );
}

/**
 * Whether a named path is one of these. `<...>` and `*` are any name, `{a,b}` one of these names. A name of a file alone
 * may be anywhere. Pure.
 */
export function isPathOf(path: string, files: readonly string[]): boolean {
  const pattern = path
    .replaceAll(/[.+@]/g, String.raw`\$&`)
    .replaceAll(/<[^>]+>|\*+/g, '[^/]*')
    .replaceAll(/\{([^}]+)\}/g, (_, names: string) => `(?:${names.replaceAll(',', '|')})`);
  const start = rooted.test(path) ? '^' : '(?:^|/)';
  const end = pattern.endsWith('/') ? '' : endToEnd.test(path) ? '(?:\\.[a-z0-9]+)*$' : '(?:/|$)';
  const expected = new RegExp(`${start}${pattern}${end}`);
  return files.some((one) => expected.test(one));
}

/** Blanks out code, keeping every place. */
function withoutCode(text: string): string {
  return withoutBlocks(text).replaceAll(/`[^`\n]*`/g, (code, at: number, whole: string) => {
    const line = whole.slice(whole.lastIndexOf('\n', at) + 1, at);
    return line.startsWith('#') ? code : blank(code);
  });
}

const withoutBlocks = (text: string) =>
  text.replaceAll(/^ *```[^]*?^ *```$/gm, blank).replaceAll(/^ {4,}[^\s*-].*$/gm, blank);

const blank = (text: string) => text.replaceAll(/[^\n]/g, ' ');

const lineOf = (text: string, at: number) => text.slice(0, at).split('\n').length;
