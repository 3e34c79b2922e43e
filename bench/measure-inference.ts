// bench/measure-inference: milliseconds a token through one network, in whatever runtime this is called.

import type { LanguageModel } from "#inference/language-model";

export interface InferenceFigures {
  consume_ms: number; // one more word into the state
  predict_ms: number; // one more word, and the five topK after it
  together_ms: number; // the same a sequence, where eight share their passes over the weights
  prefix_ms: number; // the five topK among a twentieth of the vocabulary
}

const CHOICES = 5;
const TOGETHER = 8;
const ROUNDS = 40;
const ROUND_MS = 12;

/** Of many short rounds the fastest: short enough to escape whatever else the machine does. */
export function measureInference(network: LanguageModel): InferenceFigures {
  const { size } = network.vocabulary;
  const someWords = Int32Array.from({ length: Math.ceil(size / 20) }, (_, index) => index * 20);
  let id = 0;
  let state = network.initialState();
  let states = Array.from({ length: TOGETHER }, () => state);
  const consume = () => (state = network.consume(state, [(id = (id + 7_919) % size)]));
  const predict = () => {
    consume();
    network.topK(state, CHOICES);
  };
  const predictTogether = () => {
    const steps = states.map((state) => ({ state, id: (id = (id + 7_919) % size) }));
    states = network.traceBatch(steps).map(({ state }) => state);
    network.topKBatch(states, CHOICES);
  };
  const prefix = () => network.topKOf(state, someWords, CHOICES);
  return {
    consume_ms: fastestMs(consume),
    predict_ms: fastestMs(predict),
    together_ms: Number((fastestMs(predictTogether) / TOGETHER).toFixed(4)),
    prefix_ms: fastestMs(prefix),
  };
}

function fastestMs(work: () => void): number {
  for (let call = 0; call < 100; call++) work(); // until it is compiled
  let best = Infinity;
  for (let round = 0; round < ROUNDS; round++) {
    let calls = 0;
    const start = nextTick();
    let elapsed = 0;
    do {
      work();
      calls++;
      elapsed = performance.now() - start;
    } while (elapsed < ROUND_MS);
    best = Math.min(best, elapsed / calls);
  }
  return Number(best.toFixed(4));
}

/** The moment the clock moves: workerd's does so once a millisecond. */
function nextTick(): number {
  const now = performance.now();
  for (;;) {
    const later = performance.now();
    if (later !== now) return later;
  }
}
