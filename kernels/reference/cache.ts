// kernels/reference/cache: the neural cache's attention weights in plain TypeScript, what its tests compare with.

import { softmax } from "./int8.ts";

/** softmax_j(theta · h_j·h) for outputs [n] in 7 bits, 64 + round(63·h). */
export function weighOutputs(outputs: Uint8Array[], now: Uint8Array, theta: number): Float32Array {
  const similarities = outputs.map((output) => {
    const exact = output.reduce((sum, byte, k) => sum + (byte - 64) * (now[k]! - 64), 0);
    return (theta * exact) / 63 ** 2;
  });
  return softmax(Float32Array.from(similarities));
}
