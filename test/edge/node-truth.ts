// test/edge/node-truth: runs the tiny model in Node before the tests in workerd, which compare what they compute.

import { readFileSync } from "node:fs";
import type { TestProject } from "vitest/node";
import { LanguageModel } from "#inference/language-model";
import { writeEdgeFile } from "#model/edge-file";
import { modelOf, SHAPES, runWords } from "./same-bits.ts";

export default function setup(project: TestProject): void {
  const module = new WebAssembly.Module(readFileSync("kernels/build/edge.wasm"));
  const bits = SHAPES.map((config) =>
    runWords(LanguageModel.open(module, writeEdgeFile(modelOf(config)))),
  );
  project.provide("nodeBits", bits);
}
