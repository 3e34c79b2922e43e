// job/cost-tracker: keeps a run's cost record while its job goes on, so that an attempt that was cut off is counted too.

import type { ObjectStore } from "#registry/object-store";
import { costOf } from "./cost.ts";
import type { Attempt } from "./cost.ts";
import { readRunCost, writeRunCost } from "./cost-record.ts";
import type { RunCost } from "./cost-record.ts";
import type { Instance } from "./instance.ts";

const SAVE_INTERVAL_MS = 5 * 60_000; // at most so much of an attempt is missing from its record

interface Run {
  run: string;
  model: string;
}

/** Counts the seconds of one attempt of a run, and what they cost beside those of the attempts before. */
export class CostTracker {
  readonly #store: ObjectStore;
  readonly #run: Run;
  readonly #earlier: Attempt[];
  readonly #instance: Instance;
  readonly #startedAt = performance.now();
  readonly #timer: NodeJS.Timeout;

  private constructor(
    store: ObjectStore,
    run: Run,
    { earlier, instance }: { earlier: Attempt[]; instance: Instance },
  ) {
    this.#store = store;
    this.#run = run;
    this.#earlier = earlier;
    this.#instance = instance;
    this.#timer = setInterval(() => void this.#save(this.read()), SAVE_INTERVAL_MS);
    this.#timer.unref();
  }

  /** Begins an attempt of a run, after those that its record has already. */
  static async start(store: ObjectStore, run: Run, instance: Instance): Promise<CostTracker> {
    // a record that cannot be read is not worth a run: it is begun again
    const before = await readRunCost(store, run.run).catch(() => null);
    const tracker = new CostTracker(store, run, { earlier: before?.attempts ?? [], instance });
    await tracker.#save(tracker.read());
    return tracker;
  }

  get attempt(): number {
    return this.#earlier.length + 1;
  }

  /** The costs up to now. */
  read(): RunCost {
    const seconds = this.secondsOfAttempt();
    const cost = costOf([...this.#earlier, { ...this.#instance, seconds }]);
    return { ...this.#run, ...cost, finished_at: null };
  }

  secondsOfAttempt(): number {
    return Math.round((performance.now() - this.#startedAt) / 1000);
  }

  /** Ends the attempt. */
  async stop({ isFinished }: { isFinished: boolean }): Promise<RunCost> {
    clearInterval(this.#timer);
    const finished_at = isFinished ? new Date().toISOString() : null;
    const cost = { ...this.read(), finished_at };
    await this.#save(cost);
    return cost;
  }

  async #save(cost: RunCost): Promise<void> {
    // a record is not worth a run: the next save has the same and more
    await writeRunCost(this.#store, cost).catch(() => {});
  }
}
