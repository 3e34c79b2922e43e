// training/engines/tensorflow/loss-sum: the losses of several steps, summed where they are made: reading waits for the device.

import type { Handle } from "./library.ts";
import type { Operations } from "./operations.ts";
import { assignVariable, destroyVariable, makeVariable, readVariable } from "./variables.ts";

export class LossSum {
  readonly #operations: Operations;
  readonly #sum: Handle; // a variable
  #tokens = 0;

  constructor(operations: Operations) {
    this.#operations = operations;
    this.#sum = makeVariable(operations, []);
    this.#clear();
  }

  /** @param losses of a step's tokens */
  add(losses: Handle, tokens: number): void {
    const operations = this.#operations;
    const axis = operations.ints([1], Int32Array.of(0));
    const sum = operations.run(
      "Sum",
      [losses, axis],
      [
        operations.type("T"),
        operations.type("Tidx", operations.binding.TF_INT32),
        operations.flag("keep_dims", false),
      ],
    );
    operations.runAll("AssignAddVariableOp", [this.#sum, sum], [operations.type("dtype")], 0);
    this.#tokens += tokens;
  }

  /** The mean loss of a token since the last call. */
  take(): number {
    const operations = this.#operations;
    const sum = operations.scope(() => operations.read(readVariable(operations, this.#sum))[0]!);
    const mean = sum / this.#tokens;
    this.#clear();
    return mean;
  }

  close(): void {
    destroyVariable(this.#operations, this.#sum);
  }

  #clear(): void {
    this.#tokens = 0;
    const operations = this.#operations;
    operations.scope(() => assignVariable(operations, this.#sum, operations.scalar(0)));
  }
}
