// training/engines/tensorflow/operations: single TensorFlow operations by handle, and the handles' lifetimes. Knows nothing
// of the model.

import type { Handle, NativeBinding, OperationAttribute } from "./library.ts";

/** Runs operations of one native binding and tracks the tensors that they make. */
export class Operations {
  readonly binding: NativeBinding;
  readonly #constants = new Map<number, Handle>();
  #scope: Handle[] | undefined; // made since the scope began

  constructor(binding: NativeBinding) {
    this.binding = binding;
  }

  /** Runs `work`, then deletes every tensor made during it that was not kept. */
  scope<Result>(work: () => Result): Result {
    const made: Handle[] = [];
    this.#scope = made;
    try {
      return work();
    } finally {
      this.#scope = undefined;
      this.delete(...made);
    }
  }

  /** Lets a tensor outlive the scope it was made in; the caller deletes it. */
  keep(handle: Handle): Handle {
    this.#scope!.splice(this.#scope!.lastIndexOf(handle), 1);
    return handle;
  }

  /** Deletes tensors before their scope ends: a variable whose value is not held is updated in place, without a copy. */
  free(...handles: Handle[]): void {
    this.delete(...handles.map((handle) => this.keep(handle)));
  }

  delete(...handles: Handle[]): void {
    for (const handle of handles) this.binding.deleteTensor(handle);
  }

  /** Tensors may share memory with `values`: leave those alone until the tensor is deleted. */
  floats(shape: number[], values: Float32Array): Handle {
    return this.#track(this.binding.createTensor(shape, this.binding.TF_FLOAT, values));
  }

  ints(shape: number[], values: Int32Array): Handle {
    return this.#track(this.binding.createTensor(shape, this.binding.TF_INT32, values));
  }

  /** @param words two a number, the low one first */
  longs(shape: number[], words: Int32Array): Handle {
    return this.#track(this.binding.createTensor(shape, this.binding.TF_INT64, words));
  }

  /** Ids as int64: TensorFlow keeps int32 tensors in the host's memory and copies them to a GPU for every operation. */
  ids(shape: number[], ids: Int32Array): Handle {
    const words = new Int32Array(2 * ids.length);
    ids.forEach((id, index) => (words[2 * index] = id));
    return this.longs(shape, words);
  }

  zeros(shape: number[]): Handle {
    return this.floats(shape, new Float32Array(shape.reduce((product, n) => product * n, 1)));
  }

  scalar(value: number): Handle {
    return this.floats([], Float32Array.of(value));
  }

  /** A scalar, cached by value until `close`. */
  constant(value: number): Handle {
    let handle = this.#constants.get(value);
    if (handle === undefined) {
      const { TF_FLOAT } = this.binding;
      handle = this.binding.createTensor([], TF_FLOAT, Float32Array.of(value));
      this.#constants.set(value, handle);
    }
    return handle;
  }

  /** A copy of the tensor's numbers; waits for the device. */
  read(handle: Handle): Float32Array {
    return this.binding.tensorDataSync(handle) as Float32Array;
  }

  /** An operation with one output. */
  run(name: string, inputs: Handle[], attributes: OperationAttribute[] = [this.type("T")]): Handle {
    return this.runAll(name, inputs, attributes, 1)[0]!;
  }

  /** An operation with any number of outputs. */
  runAll(
    name: string,
    inputs: Handle[],
    attributes: OperationAttribute[],
    outputs: number,
  ): Handle[] {
    const results = this.binding.executeOp(name, attributes, inputs, outputs);
    return results.map(({ id }) => this.#track(id));
  }

  matMul(
    a: Handle,
    b: Handle,
    { transposeA = false, transposeB = false }: { transposeA?: boolean; transposeB?: boolean } = {},
  ): Handle {
    const transposes = [this.flag("transpose_a", transposeA), this.flag("transpose_b", transposeB)];
    return this.run("MatMul", [a, b], [this.type("T"), ...transposes]);
  }

  reshape(tensor: Handle, shape: number[]): Handle {
    const target = this.ints([shape.length], Int32Array.from(shape));
    const attributes = [this.type("T"), this.type("Tshape", this.binding.TF_INT32)];
    return this.run("Reshape", [tensor, target], attributes);
  }

  /** The matrix with rows of zeros below it. */
  padRows(matrix: Handle, count: number): Handle {
    const paddings = this.ints([2, 2], Int32Array.of(0, count, 0, 0));
    const attributes = [this.type("T"), this.type("Tpaddings", this.binding.TF_INT32)];
    return this.run("Pad", [matrix, paddings], attributes);
  }

  transpose(matrix: Handle): Handle {
    const inputs = [matrix, this.ints([2], Int32Array.of(1, 0))];
    return this.run("Transpose", inputs, [
      this.type("T"),
      this.type("Tperm", this.binding.TF_INT32),
    ]);
  }

  /** The tensor times a dropout mask, if there is one; the backward pass does the same to the gradient. */
  mask(tensor: Handle, mask: Handle | undefined): Handle {
    return mask === undefined ? tensor : this.run("Mul", [tensor, mask]);
  }

  type(name: string, value = this.binding.TF_FLOAT): OperationAttribute {
    return { name, type: this.binding.TF_ATTR_TYPE, value };
  }

  flag(name: string, value: boolean): OperationAttribute {
    return { name, type: this.binding.TF_ATTR_BOOL, value };
  }

  float(name: string, value: number): OperationAttribute {
    return { name, type: this.binding.TF_ATTR_FLOAT, value };
  }

  int(name: string, value: number): OperationAttribute {
    return { name, type: this.binding.TF_ATTR_INT, value };
  }

  text(name: string, value: string): OperationAttribute {
    return { name, type: this.binding.TF_ATTR_STRING, value };
  }

  shape(name: string, value: number[]): OperationAttribute {
    return { name, type: this.binding.TF_ATTR_SHAPE, value };
  }

  close(): void {
    this.delete(...this.#constants.values());
  }

  #track(handle: Handle): Handle {
    this.#scope?.push(handle);
    return handle;
  }
}
