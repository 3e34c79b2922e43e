import { describe, expect, it } from "vitest";
import { toCompletionItem, toInlineItem } from "#lsp/completion-items";
import type { Prediction } from "#client/types";

/** What the line becomes, which is typed up to `|`, where the editor accepts. */
function accepted(line: string, { range, text }: { range: { start: { character: number }; end: { character: number } }; text: string }) {
  const written = line.replace("|", "");
  return written.slice(0, range.start.character) + text + written.slice(range.end.character);
} // prettier-ignore

function placeOf(line: string) {
  const [before, after] = line.split("|") as [string, string];
  return { position: { line: 3, character: before.length }, before: `earlier\n${before}`, after };
}

const ACCEPTANCES: [line: string, prediction: Omit<Prediction, "probability">, becomes: string][] =
  [
    ["the uni|", { word: "union", insert: "on" }, "the union"],
    ["the |", { word: "union", insert: "union" }, "the union"],
    ["the union|", { word: "is", insert: " is" }, "the union is"],
    ["met nas|", { word: "NASA", insert: "NASA", replace: 3 }, "met NASA"],
    ["the uni| is", { word: "union", insert: "on" }, "the union is"],
    ["the uni|on is", { word: "united", insert: "ted" }, "the united is"],
    ["don't sto|", { word: "stop", insert: "p" }, "don't stop"],
  ];

describe("accepting in an editor", () => {
  for (const [line, rest, becomes] of ACCEPTANCES) {
    const prediction = { ...rest, probability: 0.734 };
    it(`makes ${line} with ${prediction.word} to ${becomes}`, () => {
      const [inline] = toInlineItem(placeOf(line), prediction);
      expect(accepted(line, { range: inline!.range!, text: inline!.insertText as string })).toBe(becomes); // prettier-ignore
      const [row] = toCompletionItem(placeOf(line), prediction, 2);
      const edit = row!.textEdit as { range: NonNullable<typeof inline>["range"] & object; newText: string }; // prettier-ignore
      expect(accepted(line, { range: edit.range, text: edit.newText })).toBe(becomes);
      expect(row).toMatchObject({ label: prediction.word, detail: "73 %", sortText: "002" });
      // editors keep a row whose filter begins with the letters of its range
      const typed = line.slice(edit.range.start.character, line.indexOf("|"));
      expect(row!.filterText).toBe(typed);
    });
  }

  it("offers nothing that stands there already", () => {
    expect(toInlineItem(placeOf("the |union"), { word: "union", insert: "union", probability: 1 })).toEqual([]); // prettier-ignore
    expect(toCompletionItem(placeOf("the |union"), { word: "union", insert: "union", probability: 1 }, 0)).toEqual([]); // prettier-ignore
  });
});
