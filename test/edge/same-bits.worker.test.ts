import { expect, inject, it } from "vitest";
import { LanguageModel } from "#inference/language-model";
import { writeEdgeFile } from "#model/edge-file";
import edgeModule from "../../kernels/build/edge.wasm";
import { modelOf, runWords, SHAPES } from "./same-bits.ts";

SHAPES.forEach((config, index) => {
  it(`computes the same bits in workerd and in Node for ${JSON.stringify(config)}`, () => {
    const network = LanguageModel.open(edgeModule, writeEdgeFile(modelOf(config)));
    expect(runWords(network)).toBe(inject("nodeBits")[index]);
  });
});
