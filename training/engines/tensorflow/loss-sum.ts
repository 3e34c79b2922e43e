// training/engines/tensorflow/loss-sum: the losses of several steps, summed on the device: reading a loss waits for all its operations.

import type { Handle } from "./library.ts";
import type { Operations } from "./operations.ts";
import { assignVariable, destroyVariable, makeVariable, readVariable } from "./variables.ts";

/** The sum of the losses since the last reading, in a variable on the device. */
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
    const { sum, count } = this.read();
    this.#clear();
    return sum / count;
  }

  /** The sum, and of how many tokens. */
  read(): { sum: number; count: number } {
    const operations = this.#operations;
    const sum = operations.scope(() => operations.read(readVariable(operations, this.#sum))[0]!);
    return { sum, count: this.#tokens };
  }

  load({ sum, count }: { sum: number; count: number }): void {
    this.#tokens = count;
    const operations = this.#operations;
    operations.scope(() => assignVariable(operations, this.#sum, operations.scalar(sum)));
  }

  close(): void {
    destroyVariable(this.#operations, this.#sum);
  }

  #clear(): void {
    this.load({ sum: 0, count: 0 });
  }
}
