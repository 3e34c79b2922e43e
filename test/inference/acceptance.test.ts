import { describe, expect, it } from "vitest";
import {
  acceptPrediction,
  applyChange,
  isWorthOffering,
  labelOf,
  narrowPrediction,
  typeAfterAcceptance,
} from "#inference/acceptance";

/** `|` is the cursor. */
function around(text: string) {
  const [before = "", after = ""] = text.split("|");
  return { before, after };
}

const predictionOf = (insert: string, replace = 0, word = insert.trim()) => ({
  word,
  probability: 0.5,
  insert,
  replace,
});

function accepted(text: string, insert: string, replace?: number): string {
  const { before, after } = around(text);
  const change = acceptPrediction(before, after, predictionOf(insert, replace));
  const result = applyChange({ before, after }, change);
  return `${result.before}|${result.after}`;
}

const ACCEPTANCES: [text: string, insert: string, becomes: string, replace?: number][] = [
  // an accepted word brings its space
  ["the uni|", "on", "the union |"],
  ["the|", " union", "the union |"],
  ["|", "The", "The |"],
  ["the |", "union", "the union |"],
  ["we met.|", " The", "we met. The |"],
  ["line\n|", "The", "line\nThe |"],
  // a part of an address brings the marks behind it
  ["see https://exa|", "mple.", "see https://example.|"],
  ["see www.example.org/do|", "cs?", "see www.example.org/docs?|"],
  ["to me@exa|", "mple.", "to me@example.|"],
  ["see https://example.org/do|", "cs", "see https://example.org/docs |"],
  ["see https://example.org. Mr|", ".", "see https://example.org. Mr. |"],
  ["the uni|\nnext", "on", "the union |\nnext"],
  ["THE UNI|", "ON", "THE UNION |"],
  ["say (|", "the", "say (the |"],
  // but no second one
  ["the uni| is", "on", "the union |is"],
  ["the |  is", "union", "the union | is"],
  ["the uni|\tis", "on", "the union |is"],
  ["the\u00a0uni|\u00a0is", "on", "the\u00a0union |is"],
  // nor before a mark that stands there
  ["the uni|.", "on", "the union|."],
  ["the uni|, and", "on", "the union|, and"],
  ["(the uni|)", "on", "(the union|)"],
  ["“the uni|”", "on", "“the union|”"],
  ['"the uni|"', "on", '"the union|"'],
  ["the uni|?", "on", "the union|?"],
  ["the uni|…", "on", "the union|…"],
  ["says the| (who)", " union", "says the union |(who)"],
  ["the uni|(who)", "on", "the union |(who)"],
  // a word the cursor stands in is replaced whole
  ["the uni|on is", "ted", "the united |is"],
  ["the uni|on", "ted", "the united |"],
  ["the uni|on.", "ted", "the united|."],
  ["the un|ion's end", "ited", "the united |end"],
  ["the self-go|verned", "vernment", "the self-government |"],
  ["the na|ïve", "tion", "the nation |"],
  ["the uni|x2", "on", "the union |"],
  ["the |state", "united", "the united |state"],
  // what the prediction replaces is gone
  ["i'|", "I'm", "I'm |", 2],
  ["met nas|", "NASA", "met NASA |", 3],
  ["in i\u0307st|", "İstanbul", "in İstanbul |", 4],
  ["on strass| now", "Straße", "on Straße |now", 6],
  ["a cafe|.", "café", "a café|.", 4],
  // scripts without spaces, and words that are cut short
  ["今日は|", "天気", "今日は天気|"],
  ["ฉันรัก|", "ประเทศ", "ฉันรักประเทศ|"],
  ["en |", "l'", "en l'|"],
  ["😀 the uni|", "on", "😀 the union |"],
  ["הממ|", "שלה", "הממשלה |"],
];

const TYPED: [before: string, typed: string, becomes: string][] = [
  ...[".", ",", ";", ":", "!", "?", ")", "]", "}", "%", "»", "”", "’", "'", "…", "-", "\n", "。", "،"].map(
    (mark): [string, string, string] => ["the union ", mark, `the union${mark}`],
  ),
  ["the union ", " ", "the union "],
  ["the union ", "i", "the union i"],
  ["the union ", "7", "the union 7"],
  ["the union ", "(", "the union ("],
  ["the union ", "“", "the union “"],
  ["the union ", "—", "the union —"],
  ["the union ", "&", "the union &"],
  ["the union ", "😀", "the union 😀"],
  ['say "union ', '"', 'say "union"'],
  ["say union ", '"', 'say union "'],
  ['"yes"\nsay union ', '"', '"yes"\nsay union "'],
]; // prettier-ignore

const OFFERED: [text: string, insert: string, isOffered: boolean][] = [
  ["the |", "union", true],
  ["the |", "", false],
  ["the |union is", "union", false],
  ["the| union is", " union", false],
  ["the |Union is", "union", false],
  ["the |unions are", "union", true],
  ["the |state of", "united", true],
  ["the uni|on is", "on", false],
  ["the uni|on is", "ted", true],
  ["the un|ion is", " states", false],
  ["the uni| is", "on", true],
];

const LABELS: [before: string, insert: string, label: string, replace?: number][] = [
  ["the uni", "on", "union"],
  ["the Uni", "on", "Union"],
  ["THE UNI", "ON", "UNION"],
  ["the", " union", "union"],
  ["the ", "union", "union"],
  ["(the uni", "on", "union"],
  ["“uni", "on", "union"],
  ["u.", "s.", "u.s."],
  ["I'", "ve", "I've"],
  ["i'", "I'm", "I'm", 2],
  ["it is self-go", "vernment", "self-government"],
  ["❤️peo", "ple", "people"],
];

describe("accepting a prediction", () => {
  for (const [text, insert, becomes, replace] of ACCEPTANCES) {
    const said = replace ? ` in place of ${replace}` : "";
    it(`${JSON.stringify(text)} + ${JSON.stringify(insert)}${said} → ${JSON.stringify(becomes)}`, () => {
      expect(accepted(text, insert, replace)).toBe(becomes);
    });
  }
});

describe("typing behind an accepted word", () => {
  for (const [before, typed, becomes] of TYPED) {
    it(`${JSON.stringify(before)} + ${JSON.stringify(typed)} → ${JSON.stringify(becomes)}`, () => {
      expect(applyChange({ before, after: "" }, typeAfterAcceptance(before, typed)).before).toBe(becomes); // prettier-ignore
    });
  }
});

describe("what is worth offering", () => {
  for (const [text, insert, isOffered] of OFFERED) {
    it(`${JSON.stringify(insert)} at ${JSON.stringify(text)}: ${isOffered ? "yes" : "no"}`, () => {
      const { before, after } = around(text);
      expect(isWorthOffering(before, after, predictionOf(insert))).toBe(isOffered);
    });
  }
});

describe("what is shown", () => {
  for (const [before, insert, label, replace] of LABELS) {
    it(`is ${label} at ${JSON.stringify(before)}`, () => {
      expect(labelOf(before, predictionOf(insert, replace))).toBe(label);
    });
  }

  it("is what is typed", () => {
    for (const [text, insert, becomes, replace] of ACCEPTANCES) {
      const label = labelOf(around(text).before, predictionOf(insert, replace));
      expect(around(becomes).before.trimEnd().endsWith(label)).toBe(true);
    }
  });
});

describe("narrowing by what was typed since", () => {
  it("leaves the rest of what was begun, whatever its case", () => {
    expect(narrowPrediction(predictionOf(" union"), " U")).toMatchObject({ insert: "nion" });
    expect(narrowPrediction(predictionOf("on"), "")).toMatchObject({ insert: "on" });
  });

  it("drops what was not begun, what is finished, and what replaces", () => {
    expect(narrowPrediction(predictionOf("on"), "x")).toBeNull();
    expect(narrowPrediction(predictionOf("on"), "on")).toBeNull();
    expect(narrowPrediction(predictionOf("NASA", 2), "N")).toBeNull();
  });
});
