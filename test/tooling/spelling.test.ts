// The spell check finds planted words of every kind and leaves the same words alone where prose needs them.

import { describe, expect, it } from "vitest";
import { findRetiredWords } from "../../tooling/spelling.ts";

describe("the spell check", () => {
  it.each([
    ["in code", "kernels/x.ts", "\nconst x = multiplyAlong(a, b);\n", 2, "gemm"],
    ["in a comment", "edge/x.ts", "// the likeliest words\n", 1, "topK"],
    ["in upper case", "docs/x.md", "Words on\ttrial\n", 1, "speculation"],
    ["in a page", "edge/pages/x.html", "<p>\n  your own words</p>", 2, "user words"],
    ["as an identifier", "training/x.ts", "const crew: Crew = start();", 1, "WorkerPool"],
    ["as a property", "ops/x.ts", "job.receipts.push(cost)", 1, "RunCost"],
    ["as the beginning of a constant", "cli/x.ts", "const MOST_STEPS = 3;", 1, "MAX_"],
  ])("finds a retired word %s", (_, path, text, line, use) => {
    expect(findRetiredWords(path, text)).toEqual([expect.objectContaining({ line, use })]);
  });

  it.each([
    ["a comment", "// what most readers need: a whole word, not the least of it\n"],
    ["a block comment", "/**\n * Since v1 the form is live.\n */\n"],
    ["a string", 'throw new Error("what this needs: a form");\n'],
    ["a template", "log(`most of the ${count} claims`);\n"],
    ["a regular expression", "const found = text.match(/held back: (most|least)/u);\n"],
    ["an identifier of another room", "const form = new FormData();\n"],
    ["a longer identifier", "const mostly = wholesale(sinceEpoch);\n"],
  ])("leaves words of prose alone in %s", (_, text) => {
    expect(findRetiredWords("edge/x.ts", text)).toEqual([]);
  });

  it("finds an identifier after a string with an apostrophe, on its own line", () => {
    const text = "const a = \"it's\";\nconst luck = 1; // isn't it\nconst b = 'x';\n";
    expect(findRetiredWords("training/x.ts", text)).toEqual([{ line: 2, word: "luck", use: "u" }]);
  });

  it("checks identifiers in code only", () => {
    expect(findRetiredWords("README.md", "Most of the whole form is live.")).toEqual([]);
  });
});
