/** Numbers that look random and are the same each time: a linear congruential generator from `seed`. */
export function seededWeights(seed: number): (count: number, spread: number) => Float32Array {
  let state = seed >>> 0;
  return (count, spread) =>
    Float32Array.from({ length: count }, () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return (state / 2 ** 31 - 1) * spread;
    });
}

/** `count` times the same number. */
export const equalWeights = (count: number, value: number): Float32Array =>
  new Float32Array(count).fill(value);
