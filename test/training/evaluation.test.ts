import { describe, expect, it } from "vitest";
import { Vocabulary } from "#model/vocabulary";
import { evaluateText, measurePerplexity } from "#training/evaluation/evaluation";
import { KeystrokeCounter } from "#training/evaluation/keystrokes";
import { MetricsAccumulator } from "#training/evaluation/metrics-accumulator";
import { scoreTokens } from "#training/evaluation/scoring";
import type { Scorer } from "#training/evaluation/scoring";

const WORDS = ["<unk>", "<eos>", "<num>", "union", "unit", "a", "b", "c", "d", ","];
const vocabulary = new Vocabulary(WORDS.map((word) => ({ word, display: word, count: 1 })));
const id = (word: string) => vocabulary.idOf(word);

/** Scores that fall evenly in the order of `words`; all others come last. */
function ranking(...words: string[]): Float32Array {
  const scores = new Float32Array(WORDS.length).fill(-100);
  words.forEach((word, rank) => (scores[id(word)] = -1 - rank));
  return scores;
}

/** A scorer that answers with these rows, a few at a time, and remembers what it was fed. */
function scorerOf(rows: Float32Array[]): Scorer & { fed: number[] } {
  const fed: number[] = [];
  return {
    fed,
    scoreLength: 2,
    resetScoringState: () => {},
    score: (ids) => {
      const start = fed.length;
      fed.push(...ids);
      const scores = new Float32Array(ids.length * WORDS.length);
      ids.forEach((_, index) => scores.set(rows[start + index]!, index * WORDS.length));
      return Promise.resolve(scores);
    },
  };
}

describe("evaluation", () => {
  const text = {
    ids: Int32Array.of(id("a"), id("b"), id("<eos>")),
    lengths: Uint16Array.of(1, 1, 0),
  };
  const rows = [ranking("a", "b"), ranking("a", "c", "b"), ranking("a", "b", "c", "<eos>")];

  it("feeds <eos> first, then every word but the last", async () => {
    const scorer = scorerOf(rows);
    await evaluateText(scorer, text, { vocabulary, tokenizer: "text" });
    expect(scorer.fed).toEqual([id("<eos>"), id("a"), id("b")]);
  });

  it("counts every token in perplexity, accuracy and the first three", async () => {
    const result = await evaluateText(scorerOf(rows), text, { vocabulary, tokenizer: "text" });
    // log-probabilities −1, −3 and −4; ranks 1, 3 and 4
    expect(result).toMatchObject({ tokens: 3, accuracy: 1 / 3, top3: 2 / 3 });
    expect(result.perplexity).toBeCloseTo(Math.exp(8 / 3), 5);
  });

  it("measures the same perplexity alone", async () => {
    const { perplexity } = await evaluateText(scorerOf(rows), text, { vocabulary, tokenizer: "text" }); // prettier-ignore
    const scorer = scorerOf(rows);
    expect(await measurePerplexity(scorer, text, { vocabulary })).toBe(perplexity);
    expect(scorer.fed).toEqual([id("<eos>"), id("a"), id("b")]);
  });

  it("refuses an empty text", async () => {
    const empty = { ids: new Int32Array(0), lengths: new Uint16Array(0) };
    const result = evaluateText(scorerOf([]), empty, { vocabulary, tokenizer: "text" });
    await expect(result).rejects.toThrow("there is no text to score");
  });
});

describe("measures", () => {
  const counts = [0, 0, 0, 5, 5, 2_000, 2_000, 50, 50, 0];
  const known = new Vocabulary(
    WORDS.map((word, at) => ({ word, display: word, count: counts[at]! })),
  );
  const row = (...probabilities: number[]) =>
    Float32Array.from({ length: WORDS.length }, (_, at) => Math.log(probabilities[at] ?? 1e-9));
  const measures = new MetricsAccumulator(known, "text");
  // ids 0 <unk>, 3 union, 5 a, 7 c: c stands first twice, with 0.5 and 0.9
  measures.add(5, 1, row(0, 0, 0, 0.1, 0, 0.3, 0, 0.5)); // a: rank 2
  measures.add(3, 5, row(0, 0, 0, 0.9)); // union: rank 1, 0.9
  measures.add(0, 7, row(0.01, 0, 0, 0.02, 0.02, 0.02, 0.02, 0.9)); // <unk>: rank 6
  const result = measures.result();

  it("counts ranks", () => {
    expect(result).toMatchObject({ tokens: 3, accuracy: 1 / 3, top3: 2 / 3, top5: 2 / 3 });
    expect(result.meanReciprocalRank).toBeCloseTo((1 / 2 + 1 + 1 / 6) / 3, 12);
    expect(result.perplexity).toBeCloseTo((0.3 * 0.9 * 0.01) ** (-1 / 3), 3);
  });

  it("compares how sure the first word was with how often it was right", () => {
    // 0.5 and wrong; twice 0.9, of which one was right
    expect(result.calibrationError).toBeCloseTo((0.5 + Math.abs(1.8 - 1)) / 3, 6);
  });

  it("knows what is the most that could have been saved", () => {
    expect(result.unknownRate).toBeCloseTo(1 / 3, 12);
    // of 2 + 6 + 8 characters, one key for a, one for union, all for the unknown word
    expect(result.keystrokeCeiling).toBeCloseTo((16 - 10) / 16, 12);
  });

  it("knows how often a list with a threshold is shown, and right", () => {
    const rows = result.coverage.map(({ threshold, shown, right }) => [threshold, shown, right]);
    // the best have 0.5, 0.9 and 0.9; those that came 0.3, 0.9 and, unknown, none
    expect(rows.find(([threshold]) => threshold === 0.3)).toEqual([0.3, 1, 1 / 3]);
    expect(rows.find(([threshold]) => threshold === 0.2)).toEqual([0.2, 1, 2 / 3]);
    expect(rows.every(([, shown]) => shown === 1 || shown === 2 / 3)).toBe(true);
  });

  it("tells words apart by how often the training text has them", () => {
    expect(
      result.byFrequency.map(({ least, tokens, guessed }) => [least, tokens, guessed]),
    ).toEqual([
      [0, 2, [1, 1, 0, 0, 0]], // union for union, c for the unknown word
      [1_000, 1, [0, 1, 0, 0, 0]], // c for a
    ]);
  });
});

describe("a state that is not carried", () => {
  it("is zeroed before each sentence, and the sentence begins with <eos>", async () => {
    const fed: string[] = [];
    const scorer: Scorer = {
      scoreLength: 2,
      resetScoringState: () => fed.push("reset"),
      score: (ids) => {
        fed.push(...Array.from(ids, (id) => WORDS[id]!));
        return Promise.resolve(new Float32Array(ids.length * WORDS.length));
      },
    };
    const ids = Int32Array.from(["a", "b", "c", "<eos>", "d", "<eos>"], id);
    const options = { endId: id("<eos>"), vocabularySize: WORDS.length };
    await scoreTokens(scorer, ids, { ...options, resetAtEnds: true }, () => {});
    expect(fed.join(" ")).toBe("reset <eos> a b c reset <eos> d");
    fed.length = 0;
    await scoreTokens(scorer, ids, options, () => {});
    expect(fed.join(" ")).toBe("reset <eos> a b c <eos> d");
  });
});

describe("keystrokes", () => {
  it.each([
    ["one of the five words offered at once", "union", ranking("a", "b", "c", "d", "union"), 1, 6],
    ["an unknown word", "<unk>", ranking("<unk>"), 8, 8],
  ])("counts %s", (_, word, scores, keys, characters) => {
    const counter = new KeystrokeCounter(vocabulary, "text");
    counter.add(id(word), word === "<unk>" ? 7 : word.length, scores);
    expect({ keys: counter.keys, characters: counter.characters }).toEqual({ keys, characters });
  });

  it("types on until the word is among the five", () => {
    // before any letter five other words are better; after "u", of "unit" and "union" both are offered
    const counter = new KeystrokeCounter(vocabulary, "text");
    counter.add(id("union"), 5, ranking("a", "b", "c", "d", "unit", "union"));
    expect(counter.keys).toBe(2);
    expect(counter.savings).toBeCloseTo(4 / 6, 12);
  });

  it("neither offers nor counts punctuation and placeholders", () => {
    const counter = new KeystrokeCounter(vocabulary, "text");
    for (const word of [",", "<eos>", "<num>"]) counter.add(id(word), 1, ranking(word));
    counter.add(id("a"), 1, ranking(",", "<num>", "<eos>", "<unk>", "b", "a"));
    expect(counter).toMatchObject({ characters: 2, keys: 1 });
  });
});
