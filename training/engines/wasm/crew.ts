// training/engines/wasm/crew: the engine's threads seen from outside: started, given commands, watched and ended.
// When one of them is lost, so is the step; the others stop and every call says why.

import { Worker } from "node:worker_threads";
import { COMMANDS, CONTROL, CONTROL_WORDS, SHARED_SCALARS, PHASES } from "./team.ts";
import type { Plan } from "./plan.ts";

export interface WorkerData {
  module: WebAssembly.Module;
  memory: WebAssembly.Memory;
  plan: Plan;
  control: Int32Array;
  figures: Float64Array;
  index: number;
  threads: number;
  settings: PoolSettings;
}

export interface PoolSettings {
  wide: boolean;
  forgetBias: number;
  keepProb: number;
  lockedDropout: boolean;
  recurrentKeepProb: number;
  seed: number;
}

export class WorkerPool {
  readonly workers: Worker[] = [];
  readonly control = new Int32Array(new SharedArrayBuffer(4 * CONTROL_WORDS));
  readonly figures: Float64Array;
  private fail: (error: Error) => void = () => {}; // of what is being waited for
  private failure: Error | undefined;
  private closing = false;

  private constructor(threads: number) {
    const words = SHARED_SCALARS.clocks + threads * PHASES.length;
    this.figures = new Float64Array(new SharedArrayBuffer(8 * words));
  }

  static async start(
    threads: number,
    shared: Pick<WorkerData, "module" | "memory" | "plan" | "settings">,
  ): Promise<WorkerPool> {
    const crew = new WorkerPool(threads);
    const { control, figures } = crew;
    const started = Array.from({ length: threads }, (_, index) => {
      const workerData: WorkerData = { ...shared, control, figures, index, threads };
      const worker = new Worker(new URL("./worker.ts", import.meta.url), { workerData });
      crew.workers.push(worker);
      const name = `training thread ${index + 1} of ${threads}`;
      worker.on("error", (error: Error) => crew.stop(`${name} failed: ${error.message}`));
      worker.on("exit", () => crew.stop(`${name} ended unexpectedly`));
      return new Promise((resolve) => worker.once("online", resolve));
    });
    await crew.orFailure(Promise.all(started));
    return crew;
  }

  /** Runs a command on all threads and resolves when it is done; only one at a time. */
  async run(kind: keyof typeof COMMANDS): Promise<void> {
    if (this.failure !== undefined) throw this.failure;
    const { control } = this;
    const finished = control[CONTROL.finished]!;
    control.fill(0, CONTROL.claims);
    this.send(kind);
    // again where it was for nothing: a thread counts up and then wakes us, and the call between the two, if another
    // command has begun by then, comes too early for that one
    while (Atomics.load(control, CONTROL.finished) === finished) {
      await this.orFailure(Atomics.waitAsync(control, CONTROL.finished, finished).value);
    }
  }

  private orFailure(happening: unknown): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.fail = reject;
      void Promise.resolve(happening).then(resolve);
    });
  }

  private send(kind: keyof typeof COMMANDS): void {
    this.control[CONTROL.kind] = COMMANDS[kind];
    Atomics.add(this.control, CONTROL.command, 1);
    Atomics.notify(this.control, CONTROL.command);
  }

  private stop(reason: string): void {
    if (this.closing || this.failure !== undefined) return;
    this.failure = new Error(`${reason}; the step is lost, go on from the last checkpoint`);
    Atomics.store(this.control, CONTROL.stopped, 1);
    Atomics.notify(this.control, CONTROL.generation);
    this.fail(this.failure);
    void Promise.all(this.workers.map((worker) => worker.terminate()));
  }

  async close(): Promise<void> {
    this.closing = true;
    this.send("close");
    await Promise.all(this.workers.map((worker) => worker.terminate()));
  }
}
