/** `2 create, 1 replace`: how often each word comes, in the order of `order`; words that do not come are left out. */
export function countWords(order: readonly string[], words: readonly string[]): string {
  return order
    .map((word) => ({ word, count: words.filter((entry) => entry === word).length }))
    .filter(({ count }) => count > 0)
    .map(({ word, count }) => `${count} ${word}`)
    .join(', ');
}

/** `1 host`, `2 hosts`. */
export function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}
