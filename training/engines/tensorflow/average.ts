// training/engines/tensorflow/average: the average of the weights over steps, in variables of its own on the device.

import type { LanguageModelConfig } from "#model/hyper-parameters";
import type { Weights } from "#model/tensors";
import type { Handle } from "./library.ts";
import type { Operations } from "./operations.ts";
import { Variables } from "./variables.ts";

/** The average of the weights over steps. */
export class Average {
  readonly #operations: Operations;
  readonly #weights: Variables;
  readonly #average: Variables;

  constructor(operations: Operations, config: LanguageModelConfig, weights: Variables) {
    this.#operations = operations;
    this.#weights = weights;
    this.#average = new Variables(operations, config);
  }

  /** average += share · (weight − average), for every weight. */
  add(share: Handle): void {
    const operations = this.#operations;
    for (const name of this.#weights.names) {
      const [average, weight] = [this.#average.value(name), this.#weights.value(name)];
      const difference = operations.run("Sub", [average, weight]);
      operations.free(average, weight);
      const inputs = [this.#average.resource(name), share, difference];
      operations.runAll("ResourceApplyGradientDescent", inputs, [operations.type("T")], 0);
      operations.free(difference);
    }
  }

  read(): Weights {
    return this.#average.readAll();
  }

  load(average: Weights): void {
    this.#average.load(average);
  }

  close(): void {
    this.#average.close();
  }
}
