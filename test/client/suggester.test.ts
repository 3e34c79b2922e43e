import { describe, expect, it } from "vitest";
import { Suggester } from "#client/suggester";
import type { SuggestionSource } from "#client/suggester";
import type { Predictions } from "#client/types";

/** Answers when it is told to: what follows after a text is its length as a word. */
function manualSource() {
  const asked: { text: string; answer(words?: string[]): void; fail(): void }[] = [];
  const source: SuggestionSource = {
    update: (text) =>
      new Promise((resolve, reject) => {
        asked.push({
          text,
          answer: (words = [`w${text.length}`]) => resolve(predictionsFor(text, words)),
          fail: () => reject(new TypeError("the connection broke")),
        });
      }),
    reject: async (word) => predictionsFor(asked.at(-1)!.text, [`not-${word}`]),
  };
  return { source, asked };
}

function predictionsFor(text: string, words: string[]): Predictions {
  const predictions = words.map((word) => ({ word, probability: 0.5, insert: word }));
  return { model: "m", version: "v", position: text.length, predictions };
}

const settle = () => new Promise((resolve) => setTimeout(resolve));
const insertsOf = (suggester: Suggester) => suggester.predictions.map(({ insert }) => insert);

describe("a suggester", () => {
  it("narrows what it knows while an answer is under way", async () => {
    const { source, asked } = manualSource();
    const suggester = new Suggester(source);
    suggester.input("the ", "");
    asked[0]!.answer(["union", "united", "state"]);
    await settle();
    suggester.input("the uni", "");
    expect(suggester.isWaiting).toBe(true);
    expect(insertsOf(suggester)).toEqual(["on", "ted"]);
  });

  it("goes by the answer to the longest text, whatever comes late", async () => {
    const { source, asked } = manualSource();
    const suggester = new Suggester(source);
    for (const text of ["the u", "the un"]) suggester.input(text, "");
    asked.at(-1)!.answer(["ion"]);
    await settle();
    asked[0]!.answer(["xyz"]);
    await settle();
    expect(insertsOf(suggester)).toEqual(["ion"]);
  });

  it("is still waiting after an older call failed, and says why when the newest did", async () => {
    const { source, asked } = manualSource();
    const suggester = new Suggester(source);
    suggester.input("a", "");
    suggester.input("ab", "");
    asked[0]!.fail();
    await settle();
    expect(suggester).toMatchObject({ isWaiting: true, error: null });
    asked[1]!.fail();
    await settle();
    expect(suggester.isWaiting).toBe(false);
    expect(suggester.error?.message).toBe("the connection broke");
    suggester.stop();
  });

  it("accepts as soon as there is something, unless something was typed since", async () => {
    const { source, asked } = manualSource();
    const suggester = new Suggester(source);
    let accepted = 0;
    suggester.input("the ", "");
    expect(suggester.acceptWhenReady(() => accepted++)).toBe(true);
    asked[0]!.answer();
    await settle();
    expect(accepted).toBe(1);
    suggester.input("the x", "");
    suggester.acceptWhenReady(() => accepted++);
    suggester.input("the xy", "");
    asked.forEach(({ answer }) => answer());
    await settle();
    expect(accepted).toBe(1);
    expect(suggester.acceptWhenReady(() => accepted++)).toBe(false);
  });

  it("offers a rejected word no more, not even for what was known before", async () => {
    const { source, asked } = manualSource();
    const suggester = new Suggester(source);
    suggester.input("the ", "");
    asked[0]!.answer(["union", "united"]);
    await settle();
    suggester.input("the un", "");
    asked[1]!.answer(["ion"]);
    await settle();
    await suggester.reject(0);
    expect(insertsOf(suggester)).toEqual(["not-ion"]);
  });

  it("counts what acceptances save", async () => {
    const { source, asked } = manualSource();
    const suggester = new Suggester(source);
    for (const text of ["t", "th"]) {
      suggester.type(text.at(-1)!);
      suggester.input(text, "");
    }
    asked.at(-1)!.answer(["eory"]);
    await settle();
    expect(suggester.accept()).toEqual({ replace: 0, insert: "eory ", skip: 0 });
    expect(suggester.keystrokes).toEqual({ typed: 3, saved: 4 });
  });

  it("asks nothing and says nothing when nothing has changed", () => {
    const { source, asked } = manualSource();
    const suggester = new Suggester(source);
    let changes = 0;
    suggester.subscribe(() => {
      if (changes++ < 9) suggester.input("the ", "");
    });
    suggester.input("the ", "");
    suggester.input("the ", "");
    expect(asked).toHaveLength(1);
    expect(changes).toBe(1);
  });

  it("leaves out what is too improbable, and what stands behind the cursor", async () => {
    const { source, asked } = manualSource();
    const suggester = new Suggester(source, { minProbability: 0.6 });
    suggester.input("the ", "");
    asked[0]!.answer(["union"]);
    await settle();
    expect(insertsOf(suggester)).toEqual([]);
    const other = new Suggester(source);
    other.input("the ", "union is");
    asked.at(-1)!.answer(["union", "united"]);
    await settle();
    expect(insertsOf(other)).toEqual(["united"]);
  });
});
