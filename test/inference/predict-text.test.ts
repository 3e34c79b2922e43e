import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { LanguageModel } from "#inference/language-model";
import { predictText } from "#inference/predict-text";
import { Predictor } from "#inference/predictor";
import { writeEdgeFile } from "#model/edge-file";
import { makeTinyModel } from "../tiny-model.ts";

const module = new WebAssembly.Module(readFileSync("kernels/build/edge.wasm"));
const file = writeEdgeFile(makeTinyModel());

it("predicts from a file's bytes what a predictor does that has read the text", () => {
  const predictor = new Predictor(LanguageModel.open(module, file));
  const expected = predictor.predict(predictor.start(), "", "the united ", 7);
  expect(predictText(module, file, "the united ", 7)).toEqual(expected);
});

it("refuses a file that broke off", () => {
  expect(() => predictText(module, file.subarray(0, -1), "the ", 5)).toThrow();
});
