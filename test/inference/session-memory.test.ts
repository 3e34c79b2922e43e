import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { LanguageModel } from "#inference/language-model";
import { writeEdgeFile } from "#model/edge-file";
import { SESSION_STATES, SPARE_OUTPUTS } from "#inference/memory-plan";
import { Predictor } from "../../inference/predictor.ts";
import { beginText, replaceFrom, settleText } from "../../inference/session-text.ts";
import { makeTinyModel } from "../tiny-model.ts";

const module = new WebAssembly.Module(readFileSync("kernels/build/edge.wasm"));

it("a session that is typed on and on remembers no more than the memory plan counts", () => {
  const predictor = new Predictor(LanguageModel.open(module, writeEdgeFile(makeTinyModel())));
  let session = beginText(predictor);
  let [mostStates, mostOutputs] = [0, 0];
  for (let word = 0; word < 4_000; word++) {
    session = settleText(
      replaceFrom(session, { text: "our union ", learn: true }, predictor),
      predictor,
    );
    mostStates = Math.max(mostStates, session.points.length);
    mostOutputs = Math.max(mostOutputs, session.recent.words.length);
  }
  expect(mostStates).toBeLessThanOrEqual(SESSION_STATES);
  expect(mostStates).toBeGreaterThan(SESSION_STATES - 4);
  expect(mostOutputs).toBeLessThanOrEqual(predictor.window + SPARE_OUTPUTS);
});
