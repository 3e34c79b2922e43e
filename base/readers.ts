// base/readers: the prose in each text's package, paragraphs apart by an empty line.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { dropRepeats, isForTraining, readMessage } from "./mail.ts";
import type { Message } from "./mail.ts";

/** Held out for evaluation whatever their addresses hash to: the writers of the project's own measurements. */
const HELD_OUT_WRITERS = ["khare@alumni.caltech.edu", "garym@canada.com", "adam@xent.com"];
/** Headlines that a program sent. */
const NO_PERSON = "rssfeeds@spamassassin.taint.org";
/** Presidents of the built-in text's test split, and the addresses that its validation split has since FIRST_YEAR. */
const HELD_OUT_ADDRESSES = /jackson|grant|taft|truman|reagan|^(?:1929|1968|2008)_/;
const FIRST_YEAR = 1900;

/** By the text's name in base/texts: from its unpacked folder to prose. */
export const READERS: Record<string, (folder: string) => Promise<string> | string> = {
  mail: readMail,
  speeches: readSpeeches,
  novel: readNovel,
  jargon: readJargon,
  examples: readExamples,
};

async function readMail(folder: string): Promise<string> {
  const messages: Message[] = [];
  for (const part of ["easy-ham-1", "easy-ham-2"]) {
    const data = join(folder, "package/data", part);
    for (const file of namesIn(data, ".json")) {
      const { text } = JSON.parse(readFileSync(join(data, file), "utf8")) as { text: string };
      const message = await readMessage(text);
      if (
        message &&
        isForTraining(message.writer) &&
        ![...HELD_OUT_WRITERS, NO_PERSON].includes(message.writer)
      ) {
        messages.push(message);
      }
    }
  }
  return dropRepeats(messages).map(({ text }) => text).join("\n\n"); // prettier-ignore
}

function readSpeeches(folder: string): string {
  const data = join(folder, "package/data");
  return namesIn(data, ".txt")
    .filter(isReadAddress)
    .map((file) => readFileSync(join(data, file), "utf8"))
    .join("\n\n");
}

function readNovel(folder: string): string {
  const data = join(folder, "package/data");
  return namesIn(data, ".json")
    .map((file) => JSON.parse(readFileSync(join(data, file), "utf8")) as { text: string })
    .map(({ text }) => text)
    .join("\n\n");
}

/** Whether an address is read: those of FIRST_YEAR and later that the built-in text does not hold out. */
export function isReadAddress(file: string): boolean {
  return Number(file.slice(0, 4)) >= FIRST_YEAR && !HELD_OUT_ADDRESSES.test(file);
}

/** Paragraphs of prose: no tables, rules or diagrams. */
function readJargon(folder: string): string {
  const file = join(folder, "usr/share/doc/jargon-text/jargon.txt.gz");
  return gunzipSync(readFileSync(file))
    .toString("utf8")
    .split("\n\n")
    .map((paragraph) => paragraph.replaceAll(/\s+/g, " ").trim())
    .filter((text) => text.length > 80 && !/[─│┌├]|_{3}|={3}|-{4}/.test(text))
    .filter((text) => (text.match(/[A-Za-z]/g)?.length ?? 0) > 0.7 * text.length)
    .join("\n\n");
}

/** The quoted sentences behind the definitions in WordNet's data files, ten a paragraph. */
function readExamples(folder: string): string {
  const sentences: string[] = [];
  for (const part of ["noun", "verb", "adj", "adv"]) {
    const lines = readFileSync(join(folder, "usr/share/wordnet", `data.${part}`), "utf8").split("\n"); // prettier-ignore
    for (const line of lines) {
      const gloss = line.slice(line.indexOf("|") + 1);
      for (const [, quoted] of gloss.matchAll(/"([^"]{25,})"/g))
        sentences.push(asSentence(quoted!));
    }
  }
  const paragraphs = Math.ceil(sentences.length / 10);
  // every paragraph takes sentences from all over the files, so that neighbours are of different words
  return Array.from({ length: paragraphs }, (_, start) =>
    sentences.filter((_, index) => index % paragraphs === start).join(" "),
  ).join("\n\n");
}

function asSentence(text: string): string {
  const trimmed = text.trim();
  const begun = trimmed.slice(0, 1).toUpperCase() + trimmed.slice(1);
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
}

function namesIn(folder: string, ending: string): string[] {
  return readdirSync(folder).filter((name) => name.endsWith(ending)).sort(); // prettier-ignore
}
