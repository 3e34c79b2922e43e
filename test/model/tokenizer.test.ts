import { describe, expect, it } from "vitest";
import {
  checkLanguage,
  findTokenizer,
  tokenizerOf,
  tokenizerSettings,
} from "#model/tokenizers/find";
import { checkSpacing } from "#model/tokenizers/scripts";
import type { TokenizerName } from "#model/tokenizers/tokenizer";

const prose = findTokenizer("text");
const spaced = findTokenizer("whitespace");

function wordsOf(name: TokenizerName, text: string): string {
  const { tokens, prefix } = findTokenizer(name).read(text);
  return [...tokens.map(({ word }) => word), ...(prefix ? [`${prefix.word}…`] : [])].join(" ");
}

describe("text tokenizer", () => {
  it.each([
    ["The United States ", "the united states"],
    ["the uni", "the uni…"],
    ["Hello. How are ", "hello . <eos> how are"],
    ["Stop! (Now.) Go ", "stop ! <eos> ( now . ) <eos> go"],
    ["in 1,945.50 or 20th or 3:30 ", "in <num> or <num> or <num>"],
    ["Mr. Smith of the U.S. Army ", "mr. smith of the u.s. army"],
    ["J. Smith, better than I. Then ", "j. smith , better than i . <eos> then"],
    ["don’t and don't ", "don't and don't"],
    ["don'", "don'…"],
    ["drug-free -- yes ", "drug - free -- yes"],
    ["first\n\nsecond ", "first <eos> second"],
    ["one.\n\ntwo ", "one . <eos> two"],
    ["cafe\u0301 ", "café"],
    ["", ""],
    ["  \n ", ""],
    ["I ❤️ ok ", "i ❤ ok"],
    ["❤️peo", "❤ peo…"],
    ["👨‍👩‍👧 🇩🇪 ✌🏽 3️⃣ ", "👨‍👩‍👧 🇩🇪 ✌🏽 3⃣"],
    ["x \u0338 ", "x \u0338"],
    ["H2O, mp3 and my_var ", "h2o , mp3 and my_var"],
    ["COVID-19 and F-16 in mid-1990s ", "covid-19 and f-16 in mid - <num>"],
    ["see www.state.gov. Then ", "see www.state.gov . <eos> then"],
    ["(https://state.gov/a?b=1) ", "( https://state.gov/a?b=1 )"],
    ["to me@state.gov, ", "to me@state.gov ,"],
    ["www.", "www.…"],
    ["me@un", "me@un…"],
    ["the U.S", "the u.s…"],
    ["at 5 p.m", "at <num> p.m…"],
    ["foo.co", "foo.co…"],
    ["etc. and No. 5 on Jan. 3 ", "etc. and no. <num> on jan. <num>"],
    ["No. He said no. ", "no . <eos> he said no . <eos>"],
    ["con\u00adgress the\u200bunited\u2060 ", "congress the united"],
    ["well… and well... ", "well … and well ..."],
    ["Go!😀 Now ", "go ! 😀 <eos> now"],
    ["यह है। वह ", "यह है । <eos> वह"],
    ["سلام؟ نعم۔ ", "سلام ؟ <eos> نعم ۔ <eos>"],
    ["今日は。「明日。」です ", "今日は 。 <eos> 「 明日 。 」 <eos> です"],
    ["İstanbul ISPARTA ", "istanbul isparta"],
  ])("reads %j as %j", (text, words) => {
    expect(wordsOf("text", text)).toBe(words);
  });

  it("reads every cut of a text as it reads the whole, whatever white space ends", () => {
    const text = "I ❤️ U.S. law, etc. See www.x.org or me@x.org. Nos. 5–6… No. 7!😀 今日は。Yes ";
    const whole = prose.read(text).tokens;
    for (let cut = 0; cut < text.length; cut++) {
      const { tokens, stableTokens } = prose.read(text.slice(0, cut));
      expect(whole.slice(0, stableTokens)).toEqual(tokens.slice(0, stableTokens));
    }
  });

  it("keeps the spelling, and where each token stood", () => {
    const text = "The  United";
    const { tokens, prefix } = prose.read(text);
    expect(tokens[0]).toEqual({ word: "the", surface: "The", start: 0, end: 3 });
    expect(text.slice(prefix!.start, prefix!.end)).toBe("United");
  });
});

describe("whitespace tokenizer", () => {
  it.each([
    [" aer banknote N <unk> \n next ", "aer banknote N <unk> <eos> next"],
    ["a\n\nb\n", "a <eos> <eos> b <eos>"],
    ["a\r\nb ", "a <eos> b"],
    ["The uni", "The uni…"],
  ])("reads %j as %j", (text, words) => {
    expect(wordsOf("whitespace", text)).toBe(words);
  });
});

const SAMPLES = [
  "We, the people.  Of Mr. Smith's U.S. (all of it!)\n\nA new day -- 3.5 times\n\n\nas good. Don't",
  " a b \n c d \n\n e",
];

describe.each([prose, spaced])("$name tokenizer, read in pieces", (tokenizer) => {
  it.each(SAMPLES)("gives the tokens of the whole for every cut of %j", (text) => {
    const whole = tokenizer.read(text);
    const expected = [...whole.tokens, whole.prefix].map((token) => token?.word);
    for (let cut = 0; cut <= text.length; cut++) {
      const first = tokenizer.read(text.slice(0, cut));
      const stable = first.tokens.slice(0, first.stableTokens);
      const rest = tokenizer.read(text.slice(first.stableEnd), stable.at(-1)?.word);
      const words = [...stable, ...rest.tokens, rest.prefix].map((token) => token?.word);
      expect(words).toEqual(expected);
    }
  });
});

it("names the known tokenizers when asked for another", () => {
  expect(() => findTokenizer("bpe")).toThrow(
    'unknown tokenizer "bpe"; choose one of text, whitespace',
  );
});

describe("in a language of its own", () => {
  const read = (language: string, text: string) =>
    findTokenizer("text", language).read(text).tokens.map(({ word }) => word).join(" "); // prettier-ignore

  it.each([
    ["tr", "İstanbul IŞIK ", "istanbul ışık"],
    ["az", "Isparta ", "ısparta"],
    ["el", "Πού; Εδώ ", "πού ; <eos> εδώ"],
    ["en", "here; there ", "here ; there"],
    ["de", "am 3. Mai, z. B. dort ", "am <num> . mai , z. b. dort"],
    ["en", "in 3. Then ", "in <num> . <eos> then"],
    ["de", "im Jahr 1945. Dann ", "im jahr <num> . <eos> dann"],
  ])("%s: reads %j as %j", (language, text, words) => {
    expect(read(language, text)).toBe(words);
  });

  it("is refused where it is no language's tag", () => {
    expect(() => checkLanguage("Turkish language")).toThrow('such as "en", "de" or "pt-BR"');
    expect(checkLanguage("pt-BR")).toBe("pt-BR");
  });
});

describe("the version of the text tokenizer", () => {
  it("is kept for models that an earlier release trained", () => {
    const first = tokenizerOf({ tokenizer: "text" });
    const words = first.read("H2O, etc. and COVID-19… I ❤️ ").tokens.map(({ word }) => word);
    expect(words.join(" ")).toBe("h <num> , etc . <eos> and covid - <num> … <eos> i ❤");
    expect(tokenizerSettings(first)).toEqual({ tokenizer: "text", tokenizerVersion: 1 });
  });

  it("that is newer than this release is refused", () => {
    const settings = { tokenizer: "text", tokenizerVersion: 9 } as const;
    expect(() => tokenizerOf(settings)).toThrow("deploy a newer one");
  });
});

describe("a text without spaces between words", () => {
  it.each([
    ["Chinese", "今天天气很好我们去公园散步吧。明天也会是晴天所以我们可以去爬山。"],
    ["Japanese", "今日は良い天気ですね。明日もきっと晴れるでしょう。"],
    ["Thai", "ฉันรักประเทศไทยและผู้คนที่นี่มาก วันนี้อากาศดีเราไปเดินเล่นกันเถอะ"],
  ])("is refused: %s", (language, text) => {
    const words = prose.read(`${text} `).tokens.map(({ word }) => word);
    expect(() => checkSpacing(words, prose)).toThrow(`written in ${language}, without spaces`);
    expect(() => checkSpacing(words, spaced)).not.toThrow();
  });

  it.each([
    "The sign said 東京 and no more.",
    "今日 は 良い 天気 です ね",
    "한국어는 띄어 씁니다.",
  ])("is not %j", (text) => {
    const words = prose.read(`${text} `).tokens.map(({ word }) => word);
    expect(() => checkSpacing(words, prose)).not.toThrow();
  });
});

// With a step for each pair of characters these would never end.
describe("any text is read in a time that grows with its length", () => {
  const LENGTH = 300_000;
  const SHAPES = ["a", " ", "\n", "a.", "a@", ".", "-", "_", "a_", "'", "a'", "1", "1.", "1,", "www.", "http://", "a://", "\u0301", "❤️", "👨‍", "🇩", "\u00ad", "\u200b", "。", "」", ")", "(", "No.", "“", "a-1", "İ", "日", "<", "[", "# ", "- "]; // prettier-ignore

  it.each(SHAPES)("%j", (shape) => {
    const text = shape.repeat(LENGTH / shape.length);
    for (const tokenizer of [prose, spaced, tokenizerOf({ tokenizer: "text" })]) {
      tokenizer.read(text);
      tokenizer.read(`${text} x`);
      tokenizer.joinsNext(text);
      tokenizer.startsSentence(text, "x");
      tokenizer.startsSentence(text, ".");
    }
  });
});
