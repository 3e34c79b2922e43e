// job/cost-tracker: keeps a run's receipt while its job goes on, so that an attempt that was cut off is counted too.

import type { ObjectStore } from "#registry/object-store";
import { receiptOf } from "#ops/costs";
import type { Attempt } from "#ops/costs";
import { readReceipt, writeReceipt } from "./cost-record.ts";
import type { RunCost } from "./cost-record.ts";
import type { Instance } from "./instance.ts";

const SAVE_INTERVAL_MS = 5 * 60_000; // at most so much of an attempt is missing from its receipt

export class CostTracker {
  readonly #store: ObjectStore;
  readonly #of: { run: string; model: string };
  readonly #earlier: Attempt[];
  readonly #instance: Instance;
  readonly #startedAt = performance.now();
  readonly #timer: NodeJS.Timeout;

  private constructor(
    store: ObjectStore,
    of: { run: string; model: string },
    { earlier, instance }: { earlier: Attempt[]; instance: Instance },
  ) {
    this.#store = store;
    this.#of = of;
    this.#earlier = earlier;
    this.#instance = instance;
    this.#timer = setInterval(() => void this.#save(this.read()), SAVE_INTERVAL_MS);
    this.#timer.unref();
  }

  /** Begins an attempt of a run, after those that its receipt has already. */
  static async start(
    store: ObjectStore,
    of: { run: string; model: string },
    instance: Instance,
  ): Promise<CostTracker> {
    const before = await readReceipt(store, of.run);
    const meter = new CostTracker(store, of, { earlier: before?.attempts ?? [], instance });
    await meter.#save(meter.read());
    return meter;
  }

  get attempt(): number {
    return this.#earlier.length + 1;
  }

  /** The receipt up to now. */
  read(): RunCost {
    const seconds = this.secondsOfAttempt();
    const receipt = receiptOf([...this.#earlier, { ...this.#instance, seconds }]);
    return { ...this.#of, ...receipt, finished_at: null };
  }

  secondsOfAttempt(): number {
    return Math.round((performance.now() - this.#startedAt) / 1000);
  }

  /** Ends the attempt. */
  async stop({ isFinished }: { isFinished: boolean }): Promise<RunCost> {
    clearInterval(this.#timer);
    const finished_at = isFinished ? new Date().toISOString() : null;
    const receipt = { ...this.read(), finished_at };
    await this.#save(receipt);
    return receipt;
  }

  async #save(receipt: RunCost): Promise<void> {
    // a receipt is not worth a run: the next save has the same and more
    await writeReceipt(this.#store, receipt).catch(() => {});
  }
}
