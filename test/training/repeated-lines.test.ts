// Lines that a collection of mail repeats: quotations, signatures, disclaimers. They count once, wherever they stand.

import { expect, describe, it } from "vitest";
import { findTokenizer } from "#model/tokenizers/find";
import { readCorpus } from "#training/data/corpus";
import { digestSplit, forEachToken } from "#training/data/spans";
import { splitText } from "#training/data/split-text";
import type { SplitText } from "#training/data/split-text";

const prose = findTokenizer("text");

function folder(texts: string[], piece = 50) {
  const whole = texts.map((text, at) => {
    const bytes = new TextEncoder().encode(text);
    const open = async function* () {
      for (let from = 0; from < bytes.length; from += piece) yield bytes.subarray(from, from + piece); // prettier-ignore
    };
    return { name: `${at}.txt`, bytes: bytes.length, open };
  });
  return { whole };
}

const SUBJECTS = ["union", "state", "nation", "house", "senate", "people", "law", "peace", "work"];
const VERBS = ["is", "was", "stays", "becomes", "remains", "seems", "grows"];
const ENDS = ["strong", "new", "old", "great", "small", "better", "free", "safe", "open", "true", "right"]; // prettier-ignore
const pick = (from: string[], at: number) => from[at % from.length]!;

/** Lines of which no two are alike, in the collection. */
const bodyOf = (mail: number) =>
  Array.from({ length: 8 }, (_, line) => {
    const at = mail * 8 + line;
    return `The ${pick(SUBJECTS, at)} ${pick(VERBS, at)} ${pick(ENDS, at)} where number${"abcdefghij"[at % 10]}${"abcdefghij"[Math.floor(at / 10) % 10]}${"abcdefghij"[Math.floor(at / 100)]} lives.`;
  }).join("\n");

/** A collection in which each mail quotes the one before it. */
const mails = (count: number, tail: string, quote = "> ") =>
  Array.from({ length: count }, (_, mail) => {
    const quoted = mail === 0 ? "" : bodyOf(mail - 1).replaceAll(/^/gm, quote) + "\n\n";
    return `${quoted}${bodyOf(mail)}\n\nThank you very much.\n\n${tail}`;
  });

/** How often a word counts, in all splits. */
function countOf(text: SplitText, wanted: string): number {
  let count = 0;
  for (const split of ["train", "valid", "test"] as const) {
    forEachToken(text, split, (spelling) => {
      if (text.store.spellings[spelling]!.word === wanted) count++;
    });
  }
  return count;
}

describe("a collection of mail", () => {
  const signature = "-- \nAnn Smithson\nAcme";
  const disclaimer = "This message is confidential and meant for its addressee alone.";

  it.each(["> ", ">", "> > ", ">> "])("counts what is quoted with %j once", async (quote) => {
    const text = await splitText(folder(mails(30, "", quote)), prose);
    expect(countOf(text, "lives")).toBe(30 * 8);
    expect(text.notices.join()).toContain("lines were read before and count once");
  });

  it("counts a signature and a disclaimer once, and what is said again and again each time", async () => {
    const text = await splitText(folder(mails(30, `${disclaimer}\n${signature}`)), prose);
    expect(["smithson", "acme", "confidential", "thank"].map((word) => countOf(text, word))).toEqual([1, 1, 1, 30]); // prettier-ignore
  });

  it("counts the same however the text is read", async () => {
    const texts = mails(30, `${disclaimer}\n${signature}`);
    const counted = async (sources: ReturnType<typeof folder>) => (await splitText(sources, prose)).counted; // prettier-ignore
    const expected = await counted(folder(texts));
    expect(await counted(folder(texts, 7))).toEqual(expected);
    expect(await counted(folder(texts.map((text) => text.replaceAll("\n", "\r\n"))))).toEqual(expected); // prettier-ignore
  });

  it("is split and digested as if they counted, so that earlier models know their text", async () => {
    const text = await splitText(folder(mails(30, signature)), prose);
    expect(text.spans.at(-1)!.end).toBe(text.store.size);
    const whole = { ...text, counted: text.spans };
    expect(digestSplit(text, "train")).toBe(digestSplit(whole, "train"));
    expect(countOf(whole, "lives")).toBe(8 * 59);
  });

  it("ends each sentence that is left", async () => {
    const texts = Array.from({ length: 30 }, (_, mail) => `${bodyOf(mail)}\nSee you soon\n${disclaimer}`); // prettier-ignore
    const text = await splitText(folder(texts), prose);
    expect(countOf(text, "<eos>")).toBe(30 * 9);
  });

  it("shares no word that one writer wrote and others only quote", async () => {
    const texts = mails(30, "");
    const letters = "abcdefghijklmnopqrstuvwxyzßøåæđ";
    const secrets = Array.from({ length: 29 }, (_, mail) => `zq${letters[mail]}vex`);
    secrets.forEach((secret, mail) => {
      texts[mail] += `The password is ${secret} today.\n`;
      texts[mail + 1] += `> The password is ${secret} today.\n`;
    });
    const { words } = await readCorpus(folder(texts), prose, 1_000, { shared: true });
    expect(secrets.filter((secret) => words.has(secret))).toEqual([]);
    expect(words.has("lives")).toBe(true);
  });
});

describe("lines that count each time", () => {
  it("are those of one document that quotes nobody", async () => {
    const refrain = "And we shall all go home again tonight.";
    const verses = Array.from({ length: 40 }, (_, verse) => `${bodyOf(verse)}\n${refrain}`);
    const text = await splitText(folder([verses.join("\n")]), prose);
    expect(countOf(text, "tonight")).toBe(40);
  });

  it("are all of a text that is nothing but repetition", async () => {
    const text = await splitText(folder(Array.from({ length: 30 }, () => bodyOf(0))), prose);
    expect(countOf(text, "lives")).toBe(30 * 8);
  });
});
