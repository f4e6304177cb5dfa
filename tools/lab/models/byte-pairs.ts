/** A tokenizer of byte pairs, as GPT-2's and Qwen's: tokens by id, and merges in order of rank. */
export interface BytePairs {
  readonly tokens: readonly string[];
  readonly merges: readonly string[];
}

/** Bytes as the visible characters that GPT-2's vocabulary writes for them: a space is `Ġ`. */
export function visible(text: string): string {
  return [...Buffer.from(text)].map((byte) => visibleBytes[byte]).join('');
}

const isPlain = (byte: number) =>
  (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
const visibleBytes: readonly string[] = (() => {
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) =>
    String.fromCodePoint(isPlain(byte) ? byte : next++),
  );
})();

/** A vocabulary of all bytes and of the words given, each merged from its letters from the left. */
export function bytePairsOf(words: readonly string[]): BytePairs {
  const tokens = new Set(visibleBytes);
  const merges = new Set<string>();
  for (const word of words) {
    const letters = Array.from(visible(word));
    for (let length = 1; length < letters.length; length += 1) {
      merges.add(`${letters.slice(0, length).join('')} ${letters[length] ?? ''}`);
      tokens.add(letters.slice(0, length + 1).join(''));
    }
  }
  return { tokens: [...tokens], merges: [...merges] };
}
