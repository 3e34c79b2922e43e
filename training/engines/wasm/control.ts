// training/engines/wasm/control: the shared words by which threads are given commands, synchronise and report.

/** Indices of the control block, an Int32Array over a shared buffer of its own. */
export const CONTROL = {
  command: 0, // a counter; threads wait for it to change
  kind: 1, // what to do, a number of COMMANDS
  finished: 2, // how many commands are done; the main thread waits for it to change
  arrived: 3, // threads at the barrier
  generation: 4, // of the barrier: how often all threads have met
  stopped: 5, // 1 when a thread was lost and the others have to stop
  steps: 6, // time steps of this command
  dropoutStep: 7, // counter of the dropout masks
  profiling: 8,
  columns: 9, // words that a training step's softmax is computed over
  rows: 10, // words that its gradient has rows of: those, and inputs where weights are tied
  chunks: 16, // next chunk of each pool of a command
} as const;

export const COMMANDS = { train: 1, score: 2, close: 3 } as const;

const MAX_POOLS = 240; // a training step opens 5 for each layer and up to 8 more
export const CONTROL_WORDS = CONTROL.chunks + MAX_POOLS;

/** Indices of the shared scalars, a Float64Array: arguments and results of a command, and the clocks. */
export const SHARED_SCALARS = {
  learningRate: 0,
  clipNorm: 1,
  loss: 2,
  gradientNorm: 3,
  averageShare: 4, // the weight of this step in the average, 0 without one
  clocks: 8,
} as const;

/** The phases of a step, each with a clock; `waiting` is the time at barriers. */
export const PHASES = [
  "input_product",
  "recurrence",
  "softmax",
  "gradients",
  "update",
  "waiting",
] as const;
export type Phase = (typeof PHASES)[number];
