// A name of its own: under Jest each look at a global costs, and this is called millions of times.
const { imul } = Math;

/** Numbers that look random and are the same each time: a linear congruential generator from `seed`. */
export function seededWeights(seed: number): (count: number, spread: number) => Float32Array {
  let state = seed >>> 0;
  return (count, spread) => {
    const values = new Float32Array(count);
    for (let at = 0; at < count; at += 1) {
      state = (imul(state, 1664525) + 1013904223) >>> 0;
      values[at] = (state / 2 ** 31 - 1) * spread;
    }
    return values;
  };
}

/** `count` times the same number. */
export const equalWeights = (count: number, value: number): Float32Array =>
  new Float32Array(count).fill(value);
