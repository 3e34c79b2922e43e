// training/engines/wasm/state: the LSTM state that a sequence carries from pass to pass, in slot 0 of h and c.
//
// B batch, H hidden size, L layers; layouts in layout.

import type { MemoryLayout, Sequence } from "./layout.ts";

/** Zeroes the state. */
export function zeroState(memory: Float32Array, { U }: MemoryLayout, sequence: Sequence): void {
  visitState(sequence, U, (at) => (memory[at] = 0));
}

/** A copy of the state, [L, 2, B, H], c before h. */
export function copyState(memory: Float32Array, sequence: Sequence, H: number): Float32Array {
  const state = new Float32Array(countState(sequence, H));
  visitState(sequence, H, (at, element) => (state[element] = memory[at]!));
  return state;
}

/**
 * Replaces the state.
 * @throws when it has the wrong size
 */
export function writeState(
  memory: Float32Array,
  sequence: Sequence,
  H: number,
  state: Float32Array,
): void {
  const expected = countState(sequence, H);
  if (state.length !== expected) {
    throw new Error(`carried state has ${state.length} numbers; expected ${expected}`);
  }
  visitState(sequence, H, (at, element) => (memory[at] = state[element]!));
}

/** Copies the last layer's output [H] of a token of the sequence's last pass. */
export function copyOutput(
  memory: Float32Array,
  { x, xStride }: Sequence,
  token: number,
  output: Float32Array,
): void {
  const [top, stride] = [x.at(-1)! / 4, xStride.at(-1)! / 4];
  for (let unit = 0; unit < output.length; unit++) {
    output[unit] = memory[top + (unit >> 4) * stride + token * 16 + (unit & 15)]!;
  }
}

function countState({ h, batch }: Sequence, H: number): number {
  return h.length * 2 * batch * H;
}

function visitState(
  { c, h, batch, stateStride }: Sequence,
  units: number,
  visit: (at: number, element: number) => void,
): void {
  let element = 0;
  for (let layer = 0; layer < h.length; layer++) {
    for (const state of [c[layer]!, h[layer]!]) {
      for (let row = 0; row < batch; row++) {
        for (let unit = 0; unit < units; unit++) {
          const panel = (state + (unit >> 4) * stateStride) / 4;
          visit(panel + row * 16 + (unit & 15), element++);
        }
      }
    }
  }
}

/** Writes 1, the factor of the bias, into column U of every layer's input. */
export function fillBiasColumns(
  memory: Float32Array,
  { U }: MemoryLayout,
  sequence: Sequence,
): void {
  sequence.x.forEach((input, l) => {
    const column = (input + (U >> 4) * sequence.xStride[l]!) / 4 + (U & 15);
    for (let row = 0; row < sequence.tokens; row++) memory[column + row * 16] = 1;
  });
}
