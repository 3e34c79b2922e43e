// training/engines/tensorflow/update: the global norm, clipping by it, and the SGD step, in place.
//
// With g the gradient of the loss summed over time and batch, the reference program's step is
//   weight −= learningRate · min(1, clip ÷ ‖g/B‖) · g/B  =  learningRate · clip ÷ max(‖g‖, clip·B) · g
// and L2Loss gives ‖·‖²/2, so with n = √(Σ L2Loss) = ‖g‖/√2
//   rate = (learningRate · clip / √2) ÷ max(n, clip · B / √2)

import type { Gradients } from "./gradient.ts";
import type { Handle } from "./library.ts";
import type { Operations } from "./operations.ts";
import type { Variables } from "./variables.ts";

/** The SGD step with clipping, on the device. */
export class Update {
  readonly #operations: Operations;
  readonly #variables: Variables;
  readonly #clipNorm: number;
  readonly #B: number;

  constructor(
    operations: Operations,
    variables: Variables,
    { clipNorm, B }: { clipNorm: number; B: number },
  ) {
    this.#operations = operations;
    this.#variables = variables;
    this.#clipNorm = clipNorm;
    this.#B = B;
  }

  /** learningRate · clip / √2, on the device. */
  uploadRate(learningRate: number): Handle {
    return this.#operations.scalar((learningRate * this.#clipNorm) / Math.SQRT2);
  }

  /** Returns n; nothing may hold a variable's value meanwhile. */
  apply({ dense, rows }: Gradients, scaledRate: Handle): Handle {
    const operations = this.#operations;
    const all = [...dense.values(), ...[...rows.values()].map(({ values }) => values)];
    const halfSquares = all.map((gradient) => operations.run("L2Loss", [gradient]));
    const sum = operations.run("AddN", halfSquares, [
      operations.int("N", halfSquares.length),
      operations.type("T"),
    ]);
    const norm = operations.run("Sqrt", [sum]);
    const limit = operations.constant((this.#clipNorm * this.#B) / Math.SQRT2);
    const divisor = operations.run("Maximum", [norm, limit]);
    const rate = operations.run("RealDiv", [scaledRate, divisor]);

    for (const [name, gradient] of dense) {
      const inputs = [this.#variables.resource(name), rate, gradient];
      operations.runAll("ResourceApplyGradientDescent", inputs, [operations.type("T")], 0);
    }
    for (const [name, { ids, values }] of rows) {
      const change = operations.run("Mul", [values, rate]);
      operations.runAll(
        "ResourceScatterNdSub",
        [this.#variables.resource(name), ids, change],
        [operations.type("T"), operations.type("Tindices", operations.binding.TF_INT64)],
        0,
      );
    }
    return norm;
  }

  /** The global norm of the mean loss's gradient, from what `apply` returned. */
  readNorm(norm: Handle): number {
    return (this.#operations.read(norm)[0]! * Math.SQRT2) / this.#B;
  }
}
