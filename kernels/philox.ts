// kernels/philox: Philox 4×32-10 (Salmon et al. 2011), a random generator without state: four random words from a
// counter and a key. assembly/dropout is the same generator in SIMD.

type Words4 = [number, number, number, number];

const ROUNDS = 10;
const MULTIPLIER_0 = 0xd2511f53;
const MULTIPLIER_1 = 0xcd9e8d57;
const WEYL_0 = 0x9e3779b9;
const WEYL_1 = 0xbb67ae85;

/** The second word of the key, one value for each use, so that no two uses share random numbers. */
export const STREAMS = { dropout: 0, initialWeights: 1, sampledWords: 2 } as const;

/**
 * Four random words, unsigned, for this counter and key.
 * @example const [a, b, c, d] = philox([0, 0, 0, 0], [seed, 0]);
 */
export function philox(counter: Readonly<Words4>, key: readonly [number, number]): Words4 {
  let [c0, c1, c2, c3] = counter;
  let [k0, k1] = key;
  for (let round = 0; round < ROUNDS; round++) {
    const high0 = multiplyHigh(c0, MULTIPLIER_0);
    const high1 = multiplyHigh(c2, MULTIPLIER_1);
    const low0 = Math.imul(c0, MULTIPLIER_0);
    const low1 = Math.imul(c2, MULTIPLIER_1);
    c0 = high1 ^ c1 ^ k0;
    c1 = low1;
    c2 = high0 ^ c3 ^ k1;
    c3 = low0;
    k0 = (k0 + WEYL_0) | 0;
    k1 = (k1 + WEYL_1) | 0;
  }
  return [c0 >>> 0, c1 >>> 0, c2 >>> 0, c3 >>> 0];
}

// The upper half of the unsigned 64-bit product, from its four 32-bit parts.
function multiplyHigh(a: number, b: number): number {
  const a0 = a & 0xffff;
  const a1 = a >>> 16;
  const b0 = b & 0xffff;
  const b1 = b >>> 16;
  const middle = a1 * b0 + ((a0 * b0) >>> 16); // below 2^32
  const rest = (middle & 0xffff) + a0 * b1; // below 2^32
  return (a1 * b1 + Math.floor(middle / 65_536) + Math.floor(rest / 65_536)) | 0;
}
