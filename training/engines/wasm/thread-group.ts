// training/engines/wasm/thread-group: how threads synchronise within a command: barriers, pools of chunks from which
// each takes the next, and clocks. What they compute is in forward, backward and update.

import { CONTROL, PHASES, SHARED_SCALARS } from "./control.ts";
import type { Phase } from "./control.ts";

// Node 24 has Atomics.pause, TypeScript's library not yet
const { pause } = Atomics as unknown as { pause: () => void };

// About 0.1 ms: longer than threads arrive apart in the recurrence, shorter than the scheduler's time slice.
const SPINS = 1_000;
const WAIT_MS = 1_000; // then checks again whether a thread was lost

/** The engine's threads as one of them sees the others: barriers, shares of work, and clocks. */
export class ThreadGroup {
  readonly index: number;
  readonly threads: number;
  readonly scalars: Float64Array;
  readonly #control: Int32Array;
  readonly #clocks: Float64Array;
  #pool = 0;
  #phase = 0;
  #phaseBegan = 0;
  #profiling = false;

  constructor(control: Int32Array, scalars: Float64Array, index: number, threads: number) {
    this.#control = control;
    this.scalars = scalars;
    this.index = index;
    this.threads = threads;
    const begin = SHARED_SCALARS.clocks + index * PHASES.length;
    this.#clocks = scalars.subarray(begin, begin + PHASES.length);
  }

  /** Call at the start of a command. */
  begin(): void {
    this.#pool = 0;
    this.#profiling = this.#control[CONTROL.profiling] === 1;
    this.#phase = 0;
    this.#phaseBegan = this.#profiling ? performance.now() : 0;
  }

  /** From here on time counts for this phase. */
  beginPhase(phase: Phase): void {
    if (!this.#profiling) return;
    this.#recordTime(this.#phase);
    this.#phase = PHASES.indexOf(phase);
  }

  #recordTime(phase: number): void {
    const now = performance.now();
    this.#clocks[phase]! += now - this.#phaseBegan;
    this.#phaseBegan = now;
  }

  /** This thread's share of `count` equal pieces, first … last−1; empty where there are more threads than pieces. */
  share(count: number): [first: number, last: number] {
    return [
      Math.floor((count * this.index) / this.threads),
      Math.floor((count * (this.index + 1)) / this.threads),
    ];
  }

  /** Opens the next pool of chunks, for `nextChunk`. All threads open the same pools in the same order. */
  openPool(): number {
    return CONTROL.chunks + this.#pool++;
  }

  /** Takes the next chunk of a pool: no other thread gets the same. */
  nextChunk(pool: number): number {
    return Atomics.add(this.#control, pool, 1);
  }

  /**
   * Returns when all threads have called it.
   * @throws when a thread was lost
   */
  barrier(): void {
    if (this.threads === 1) return;
    if (this.#profiling) this.#recordTime(this.#phase);
    const control = this.#control;
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
    if (this.#profiling) this.#recordTime(PHASES.indexOf("waiting"));
  }

  /** Call at the end of a command. */
  end(): void {
    if (this.#profiling) this.#recordTime(this.#phase);
  }
}
