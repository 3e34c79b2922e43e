// kernels/assembly/cell: one step of an LSTM layer from its gates on. The products that make the gates are in rows.

import { sigmoid, tanh } from "./activations";

/** c = σ(f)·c + σ(i)·tanh(j) and h = σ(o)·tanh(c), for P units; P is a multiple of 4, pointers of 16. */
export function stepCell(
  c: usize, // f32 [P]
  h: usize, // f32 [P]
  gates: usize, // f32 [4, P]: i, j, f, o
  P: i32,
): void {
  const stride = P << 2;
  for (const end = c + stride; c < end; c += 16) {
    const write = sigmoid(v128.load(gates));
    const candidate = tanh(v128.load(gates + stride));
    const keep = sigmoid(v128.load(gates + 2 * stride));
    const show = sigmoid(v128.load(gates + 3 * stride));
    const cell = f32x4.add(f32x4.mul(keep, v128.load(c)), f32x4.mul(write, candidate));
    v128.store(c, cell);
    v128.store(h, f32x4.mul(show, tanh(cell)));
    gates += 16;
    h += 16;
  }
}
