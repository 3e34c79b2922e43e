import { describe, expect, it } from "vitest";
import { applyChanges, offsetAt } from "#lsp/document-text";
import { contextOf } from "#lsp/document-sessions";

const at = (line: number, character: number) => ({ line, character });

describe("a position in a document", () => {
  const positions: [text: string, position: [number, number], offset: number][] = [
    ["", [0, 0], 0],
    ["one\ntwo", [0, 3], 3],
    ["one\ntwo", [1, 2], 6],
    ["one\r\ntwo", [1, 0], 5],
    ["one\rtwo", [1, 1], 5],
    ["one\n\ntwo", [2, 0], 5],
    ["a😀b", [0, 3], 3], // UTF-16 units
    ["one\ntwo", [0, 99], 3], // the nearest there is
    ["one\ntwo", [9, 0], 7],
  ];
  for (const [text, [line, character], offset] of positions) {
    it(`${line}:${character} of ${JSON.stringify(text)} is at ${offset}`, () => {
      expect(offsetAt(text, at(line, character))).toBe(offset);
    });
  }
});

describe("an editor's changes", () => {
  it("are made in their order", () => {
    const typed = (line: number, character: number, text: string) =>
      ({ range: { start: at(line, character), end: at(line, character) }, text });
    expect(applyChanges("one\ntwo", [typed(1, 3, "!"), typed(0, 3, "\nand"), typed(2, 4, "?")])).toBe("one\nand\ntwo!?");
    expect(applyChanges("one two", [{ range: { start: at(0, 3), end: at(0, 7) }, text: "" }])).toBe("one");
    expect(applyChanges("one", [{ text: "all" }, typed(0, 3, ".")])).toBe("all.");
  });
}); // prettier-ignore

describe("what is read of a long document", () => {
  const long = "some words and ".repeat(4_000);

  it("begins at a word, and stays while somebody types on", () => {
    const context = contextOf(long);
    expect(context.length).toBeLessThan(20_000);
    expect(long.endsWith(context)).toBe(true);
    expect(long.at(-context.length - 1)).toBe(" ");
    expect(contextOf(`${long}more`)).toBe(`${context}more`);
  });

  it("is all of a short one", () => {
    expect(contextOf("the uni")).toBe("the uni");
  });
});
