// training/engines/tensorflow/variables: the model's weights as resource variables, which TensorFlow updates in place. Their
// shapes are those of the tensor table, but for the softmax's weight: as rows of words [V, H] a few of them can be read and
// updated without the others.

import type { LanguageModelConfig } from "#model/hyper-parameters";
import { tensorOf, tensorTable } from "#model/tensors";
import type { TensorShape, Weights } from "#model/tensors";
import type { Handle } from "./library.ts";
import type { Operations } from "./operations.ts";

let variablesMade = 0; // TensorFlow tells variables apart by name, within the whole process

const TRANSPOSED = "softmax.weight"; // [H, V] in the tensor table

/** The model's weights as resource variables, by the names of the tensor table. */
export class Variables {
  readonly #operations: Operations;
  readonly #table: TensorShape[];
  readonly #handles: Map<string, Handle>;

  constructor(operations: Operations, config: LanguageModelConfig) {
    this.#operations = operations;
    this.#table = tensorTable(config);
    this.#handles = new Map(
      this.#table.map(({ name, shape }) => [
        name,
        makeVariable(operations, name === TRANSPOSED ? shape.toReversed() : shape),
      ]),
    );
  }

  get names(): string[] {
    return this.#table.map(({ name }) => name);
  }

  /** The resource itself, for operations that read or update it in place. */
  resource(name: string): Handle {
    return this.#handles.get(name)!;
  }

  /** The variable's value. While it is held an update of the variable has to copy it: free it before. */
  value(name: string): Handle {
    return readVariable(this.#operations, this.resource(name));
  }

  /** Rows of the variable, whose value need not be held. */
  gather(name: string, ids: Handle): Handle {
    const operations = this.#operations;
    return operations.run(
      "ResourceGather",
      [this.resource(name), ids],
      [operations.type("dtype"), operations.type("Tindices", operations.binding.TF_INT64)],
    );
  }

  load(weights: Weights): void {
    const tensors = this.#table.map((entry) => ({ ...entry, values: tensorOf(weights, entry) }));
    for (const { name, shape, values } of tensors) {
      this.#operations.scope(() => {
        // a copy: the variable may take over the memory of what it is given, and writes to it
        const value = this.#operations.floats(shape, values.slice());
        assignVariable(this.#operations, this.resource(name), this.#turn(name, value));
      });
    }
  }

  readAll(): Weights {
    const read = (name: string) =>
      this.#operations.scope(() => this.#operations.read(this.#turn(name, this.value(name))));
    return new Map(this.#table.map(({ name }) => [name, read(name)]));
  }

  close(): void {
    for (const handle of this.#handles.values()) destroyVariable(this.#operations, handle);
  }

  /** From the tensor table's layout to the variable's, or back. */
  #turn(name: string, value: Handle): Handle {
    return name === TRANSPOSED ? this.#operations.transpose(value) : value;
  }
}

/** Values of variables that are used more than once, each read once. */
export class HeldValues {
  readonly #operations: Operations;
  readonly #variables: Variables;
  readonly #held = new Map<string, Handle>();

  constructor(operations: Operations, variables: Variables) {
    this.#operations = operations;
    this.#variables = variables;
  }

  get(name: string): Handle {
    let value = this.#held.get(name);
    if (value === undefined) this.#held.set(name, (value = this.#variables.value(name)));
    return value;
  }

  free(): void {
    this.#operations.free(...this.#held.values());
    this.#held.clear();
  }
}

export function makeVariable(operations: Operations, shape: number[]): Handle {
  return operations.run(
    "VarHandleOp",
    [],
    [
      operations.type("dtype"),
      operations.shape("shape", shape),
      operations.text("container", ""),
      operations.text("shared_name", `afterword/${variablesMade++}`),
    ],
  );
}

export function readVariable(operations: Operations, variable: Handle): Handle {
  return operations.run("ReadVariableOp", [variable], [operations.type("dtype")]);
}

export function assignVariable(operations: Operations, variable: Handle, value: Handle): void {
  operations.runAll("AssignVariableOp", [variable, value], [operations.type("dtype")], 0);
}

/** Frees the variable's memory as well as its handle. */
export function destroyVariable(operations: Operations, variable: Handle): void {
  operations.runAll("DestroyResourceOp", [variable], [], 0);
  operations.delete(variable);
}
