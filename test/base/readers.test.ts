// Which speeches the base model reads: none that the built-in text holds out, so that a model of that text can go on from it.

import { basename } from "node:path";
import { expect, it } from "vitest";
import { BUILT_IN_CORPUS, findSources } from "#training/data/text-source";
import { isReadAddress } from "../../base/readers.ts";

it("leaves out the addresses that the built-in text validates and tests with", async () => {
  const sources = await findSources(BUILT_IN_CORPUS);
  if ("whole" in sources) throw new Error("the built-in text must come split");
  const read = (split: "train" | "valid" | "test") =>
    sources[split].map(({ name }) => basename(name)).filter(isReadAddress);
  expect(read("valid")).toEqual([]);
  expect(read("test")).toEqual([]);
  expect(read("train").length).toBeGreaterThan(100);
});
