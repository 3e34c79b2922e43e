// Words that several texts have to read at once, in the runtime whose event loop the waiting relies on.

import { beforeEach, expect, it, vi } from "vitest";
import { LanguageModel } from "#inference/language-model";
import { writeEdgeFile } from "#model/edge-file";
import { Predictor } from "../../inference/predictor.ts";
import { enqueue } from "../../inference/micro-batcher.ts";
import edgeModule from "../../kernels/build/edge.wasm";
import { makeTinyModel } from "../tiny-model.ts";

const LIMIT = 4;
const BEFORE = ["", "our people ", "of a ", "in the world ", "a great ", "is ", "the ", "to ", "that ", "and "]; // prettier-ignore
const WORDS = ["the", "of", "state", "unit", "union", "in", "a", "our", "is", "great"];

let predictor: Predictor;
beforeEach(() => {
  predictor = new Predictor(LanguageModel.open(edgeModule, writeEdgeFile(makeTinyModel())));
});

const pointAfter = (text: string) => predictor.commit(predictor.start(), text);
const predict = (at: number, point = pointAfter(BEFORE[at]!)) => {
  const read = point.position;
  return predictor.predict(point, BEFORE[at]!.slice(0, read), BEFORE[at]!.slice(read) + WORDS[at]!, LIMIT); // prettier-ignore
};

it("are read in one pass, and give each text what it gets alone", async () => {
  const alone = BEFORE.map((_, at) => predict(at));
  const traceBatch = vi.spyOn(LanguageModel.prototype, "traceBatch");
  const one = vi.spyOn(LanguageModel.prototype, "trace");
  const points = BEFORE.map((text) => pointAfter(text));
  const steps = points.map((point, at) => {
    return predictor.pendingStep(point, BEFORE[at]!.slice(point.position) + WORDS[at]!)!;
  });
  await Promise.all(steps.map((step) => enqueue(predictor, step, LIMIT, () => scheduler.wait(0))));
  expect(traceBatch.mock.calls).toEqual([[steps]]);
  one.mockClear();
  expect(points.map((point, at) => predict(at, point))).toEqual(alone);
  expect(one).not.toHaveBeenCalled();
  vi.restoreAllMocks();
});

it("are left to who has to read one, where nobody else has", async () => {
  const traceBatch = vi.spyOn(LanguageModel.prototype, "traceBatch");
  const point = pointAfter("our ");
  await enqueue(predictor, predictor.pendingStep(point, " people")!, LIMIT, () =>
    scheduler.wait(0),
  );
  expect(traceBatch).not.toHaveBeenCalled();
  vi.restoreAllMocks();
});
