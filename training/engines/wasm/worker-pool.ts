// training/engines/wasm/worker-pool: the engine's threads seen from the main thread: started, given commands, watched and
// ended. When one of them is lost, so is the step: the others stop and every call says why.

import { Worker } from "node:worker_threads";
import type { LanguageModelConfig, TrainingSettings } from "#model/hyper-parameters";
import { COMMANDS, CONTROL, CONTROL_WORDS, PHASES, SHARED_SCALARS } from "./control.ts";
import type { MemoryLayout } from "./layout.ts";

/** What all threads share: hyper-parameters go to them whole. */
export interface PoolOptions {
  module: WebAssembly.Module;
  memory: WebAssembly.Memory;
  layout: MemoryLayout;
  wide: boolean; // the 6 × 16 micro-kernel, else 4 × 8
  model: LanguageModelConfig;
  training: TrainingSettings;
}

export interface WorkerData extends PoolOptions {
  control: Int32Array;
  scalars: Float64Array;
  index: number;
  threads: number;
}

/** A fixed number of worker threads that run one command at a time, all on the same command. */
export class WorkerPool {
  readonly workers: Worker[] = [];
  readonly control = new Int32Array(new SharedArrayBuffer(4 * CONTROL_WORDS));
  readonly scalars: Float64Array;
  #fail: (error: Error) => void = () => {}; // rejects what is being waited for
  #failure: Error | undefined;
  #closing = false;

  /** Starts `options.layout.threads` threads and resolves when they are running. */
  static async start(options: PoolOptions): Promise<WorkerPool> {
    const { threads } = options.layout;
    const pool = new WorkerPool(threads);
    const { control, scalars } = pool;
    const started = Array.from({ length: threads }, (_, index) => {
      const workerData: WorkerData = { ...options, control, scalars, index, threads };
      const worker = new Worker(new URL("./worker.ts", import.meta.url), { workerData });
      pool.workers.push(worker);
      const name = `training thread ${index + 1} of ${threads}`;
      worker.on("error", (error: Error) => pool.#stop(`${name} failed: ${error.message}`));
      worker.on("exit", () => pool.#stop(`${name} ended unexpectedly`));
      return new Promise((resolve) => worker.once("online", resolve));
    });
    await pool.#unlessLost(Promise.all(started));
    return pool;
  }

  /** Call `start` instead: this one starts no threads. */
  constructor(threads: number) {
    const words = SHARED_SCALARS.clocks + threads * PHASES.length;
    this.scalars = new Float64Array(new SharedArrayBuffer(8 * words));
  }

  /**
   * Runs a command on all threads and resolves when it is done; only one at a time.
   * @throws when a thread was lost, now or in an earlier command
   */
  async run(kind: keyof typeof COMMANDS): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    const { control } = this;
    const finished = control[CONTROL.finished]!;
    control.fill(0, CONTROL.chunks);
    this.#send(kind);
    // A loop, because a wake-up may be stale: the notification for an earlier command can arrive during this one.
    while (Atomics.load(control, CONTROL.finished) === finished) {
      await this.#unlessLost(Atomics.waitAsync(control, CONTROL.finished, finished).value);
    }
  }

  /** Ends all threads. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#send("close");
    await Promise.all(this.workers.map((worker) => worker.terminate()));
  }

  #unlessLost(event: unknown): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#fail = reject;
      void Promise.resolve(event).then(resolve);
    });
  }

  #send(kind: keyof typeof COMMANDS): void {
    this.control[CONTROL.kind] = COMMANDS[kind];
    Atomics.add(this.control, CONTROL.command, 1);
    Atomics.notify(this.control, CONTROL.command);
  }

  #stop(reason: string): void {
    if (this.#closing || this.#failure !== undefined) return;
    this.#failure = new Error(`${reason}; the step is lost, go on from the last checkpoint`);
    Atomics.store(this.control, CONTROL.stopped, 1);
    Atomics.notify(this.control, CONTROL.generation);
    this.#fail(this.#failure);
    void Promise.all(this.workers.map((worker) => worker.terminate()));
  }
}
