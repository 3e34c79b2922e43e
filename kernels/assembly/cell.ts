// kernels/assembly/cell: the LSTM cell of the int8 model, from the gates' sums on, in float32. The matrix-vector products
// that make the sums are in rows; training's cell is in gates.

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
    const i = sigmoid(v128.load(gates));
    const j = tanh(v128.load(gates + stride));
    const f = sigmoid(v128.load(gates + 2 * stride));
    const o = sigmoid(v128.load(gates + 3 * stride));
    const cNew = f32x4.add(f32x4.mul(f, v128.load(c)), f32x4.mul(i, j));
    v128.store(c, cNew);
    v128.store(h, f32x4.mul(o, tanh(cNew)));
    gates += 16;
    h += 16;
  }
}
