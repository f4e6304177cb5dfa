import { describe, expect, it } from '@jest/globals';
import { bytePairsOf, visible } from './byte-pairs';
import type { BytePairs } from './byte-pairs';

describe('visible', () => {
  it.each([
    ['Ollama,', 'Ollama,'],
    [' a', 'Ġa'],
    ['\n', 'Ċ'],
    ['é', 'Ã©'],
    ['\u00ad', 'ÂŃ'],
  ])('%j is written %s', (text, written) => {
    expect(visible(text)).toBe(written);
  });
  it('has a character of its own for each of the 256 bytes', () => {
    const { tokens } = bytePairsOf([]);
    expect(new Set(tokens).size).toBe(256);
    expect(tokens.join('')).not.toMatch(/\s/);
  });
});

describe('bytePairsOf', () => {
  const words = ['This', ' answer', ' was', ' a', 'answer', ' tiny', '.'];
  const pairs = bytePairsOf(words);

  it('gives each word one token, whatever the order of the merges', () => {
    for (const word of words) expect(encode(pairs, word)).toEqual([visible(word)]);
  });
  it('leaves other texts in pieces that say the same', () => {
    const pieces = encode(pairs, ' awful');
    expect(pieces.join('')).toBe(visible(' awful'));
    expect(pieces.every((piece) => pairs.tokens.includes(piece))).toBe(true);
  });
  it('names no token and no merge twice', () => {
    expect(new Set(pairs.tokens).size).toBe(pairs.tokens.length);
    expect(new Set(pairs.merges).size).toBe(pairs.merges.length);
  });
});

/** Merges the pair of the lowest rank until none is left, as tokenizers of this kind do. */
function encode({ merges }: BytePairs, word: string): string[] {
  const pieces = Array.from(visible(word));
  for (;;) {
    const ranks = pieces.slice(1).map((piece, at) => merges.indexOf(`${pieces[at]} ${piece}`));
    const best = Math.min(...ranks.filter((rank) => rank >= 0));
    if (best === Infinity) return pieces;
    const at = ranks.indexOf(best);
    pieces.splice(at, 2, `${pieces[at]}${pieces[at + 1]}`);
  }
}
