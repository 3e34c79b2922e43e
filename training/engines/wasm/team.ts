// training/engines/wasm/team: how threads work together inside a command: barriers, chunks that whoever is free takes,
// and clocks. What they compute is in forward, backward and scoring.

/** Words of the control block, an Int32Array over a shared buffer of its own. */
export const CONTROL = {
  command: 0, // counts up; threads wait for it
  kind: 1, // what to do, a number of COMMANDS
  finished: 2, // counts up with the commands done; the main thread waits for it
  arrived: 3, // threads at the barrier
  generation: 4, // of the barrier
  stopped: 5, // 1: a thread is gone, all give up
  steps: 6, // time steps of this command
  dropoutStep: 7, // counter of the dropout masks
  profiling: 8,
  claims: 16, // next chunk of each pool of a command
} as const;

export const COMMANDS = { train: 1, score: 2, close: 3 } as const;

const POOLS = 240;
export const CONTROL_WORDS = CONTROL.claims + POOLS;

/** Numbers beside the control block: arguments and results of a command, and the clocks. */
export const SHARED_SCALARS = {
  learningRate: 0,
  clipNorm: 1,
  loss: 2,
  gradientNorm: 3,
  averageShare: 4, // of the step's weights in their average, 0 for no average
  clocks: 8,
} as const;

/** What a step's time goes into; `waiting` is for others at a barrier. */
export const PHASES = [
  "input_product",
  "recurrence",
  "softmax",
  "gradients",
  "update",
  "waiting",
] as const;
export type Part = (typeof PHASES)[number];

// Node 24 has it, TypeScript's library not yet
const { pause } = Atomics as unknown as { pause: () => void };

const SPINS = 1_000; // about 0.1 ms: longer than threads are apart in the recurrence, shorter than a time slice
const WAIT_MS = 1_000;

export class ThreadGroup {
  readonly index: number;
  readonly threads: number;
  readonly figures: Float64Array;
  private readonly control: Int32Array;
  private readonly clocks: Float64Array;
  private pool = 0;
  private part = 0;
  private since = 0;
  private profiling = false;

  constructor(control: Int32Array, figures: Float64Array, index: number, threads: number) {
    this.control = control;
    this.figures = figures;
    this.index = index;
    this.threads = threads;
    const begin = SHARED_SCALARS.clocks + index * PHASES.length;
    this.clocks = figures.subarray(begin, begin + PHASES.length);
  }

  /** At the head of a command. */
  begin(): void {
    this.pool = 0;
    this.profiling = this.control[CONTROL.profiling] === 1;
    this.part = 0;
    this.since = this.profiling ? performance.now() : 0;
  }

  /** From here on time counts for this part. */
  beginPhase(part: Part): void {
    if (!this.profiling) return;
    this.recordTime(this.part);
    this.part = PHASES.indexOf(part);
  }

  private recordTime(part: number): void {
    const now = performance.now();
    this.clocks[part]! += now - this.since;
    this.since = now;
  }

  /** The range of `count` equal pieces that this thread does in a stage shared evenly. */
  share(count: number): [first: number, last: number] {
    return [
      Math.floor((count * this.index) / this.threads),
      Math.floor((count * (this.index + 1)) / this.threads),
    ];
  }

  /** Opens the next pool of chunks, for `claim`. All threads open the same pools in the same order. */
  openPool(): number {
    return CONTROL.claims + this.pool++;
  }

  /** The next chunk of a pool, to be done by this thread alone. */
  nextChunk(pool: number): number {
    return Atomics.add(this.control, pool, 1);
  }

  /** Returns when all threads are here; throws when one is gone. */
  barrier(): void {
    if (this.threads === 1) return;
    if (this.profiling) this.recordTime(this.part);
    const { control } = this;
    const generation = Atomics.load(control, CONTROL.generation);
    if (Atomics.add(control, CONTROL.arrived, 1) === this.threads - 1) {
      Atomics.store(control, CONTROL.arrived, 0);
      Atomics.add(control, CONTROL.generation, 1);
      Atomics.notify(control, CONTROL.generation);
    } else {
      let spins = 0;
      while (Atomics.load(control, CONTROL.generation) === generation) {
        if (spins++ < SPINS) pause();
        else Atomics.wait(control, CONTROL.generation, generation, WAIT_MS);
        if (Atomics.load(control, CONTROL.stopped) === 1) throw new Error("another thread stopped");
      }
    }
    if (this.profiling) this.recordTime(PHASES.indexOf("waiting"));
  }

  /** At the end of a command. */
  end(): void {
    if (this.profiling) this.recordTime(this.part);
  }
}
