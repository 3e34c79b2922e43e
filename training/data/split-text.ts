// training/data/split-text: reads a corpus's tokens once and says which belong to which split. What the words' ids are is the corpus's.

import type { Tokenizer } from "#model/tokenizers/tokenizer";
import { END_OF_SENTENCE } from "#model/tokenizers/tokenizer";
import { BlockTable } from "./blocks.ts";
import type { HeldOutUnit } from "./blocks.ts";
import { holdOut } from "./hold-out.ts";
import type { HeldOut, Span } from "./hold-out.ts";
import { readTokens } from "./read-tokens.ts";
import { countOnce, RepeatedLines } from "./repeated-lines.ts";
import { nameSource, SPLITS } from "./source.ts";
import type { CorpusSources, Split, TextSource } from "./source.ts";
import { TokenStore } from "./token-store.ts";

/** From so many files on, each is a document that is held out whole or not at all. */
const MIN_DOCUMENTS = 20;

export interface SplitText {
  store: TokenStore;
  spans: Span[]; // all of it
  counted: Span[]; // the same without lines that are to count once and were read before
  unit: HeldOutUnit;
  notices: string[];
}

export interface SplitOptions {
  split?: Split | "all"; // of a corpus that comes split, the others are not read
  unit?: HeldOutUnit; // in place of the one that fits the corpus
  seeBytes?: (bytes: Uint8Array, source: TextSource) => void;
  scrub?: boolean; // read data of persons as unknown words; the splits are the same without it
}

/** Reads a corpus and splits it, unless it comes split. */
export async function splitText(
  sources: CorpusSources,
  tokenizer: Tokenizer,
  { split: wanted = "all", unit, seeBytes, scrub }: SplitOptions = {},
): Promise<SplitText> {
  const store = new TokenStore(tokenizer);
  if (!("whole" in sources)) {
    const spans: Span[] = [];
    for (const split of wanted === "all" ? SPLITS : [wanted]) {
      const begin = store.size;
      for (const source of sources[split])
        await readInto(store, source, tokenizer, { seeBytes, scrub });
      spans.push({ split, begin, end: store.size });
    }
    return { store, spans, counted: spans, unit: "file", notices: [] };
  }
  const table = new BlockTable(chooseUnit(sources.whole, unit));
  const lines = new RepeatedLines();
  for (const source of sources.whole) {
    await readInto(store, source, tokenizer, { seeBytes, scrub, table, lines });
    table.endDocument();
    lines.endDocument();
  }
  table.finish();
  const heldOut = holdOut(table);
  const { spans } = heldOut;
  const counted = countOnce(spans, lines.ranges);
  const notices = describe(heldOut, table);
  if (counted !== spans && lines.ranges.length > 0) notices.push(describeRepeated(lines));
  return { store, spans, counted, unit: table.unit, notices };
}

function chooseUnit(sources: TextSource[], unit?: HeldOutUnit): "document" | "passage" {
  if (unit === "document" || unit === "passage") return unit;
  return sources.length >= MIN_DOCUMENTS ? "document" : "passage";
}

interface Structure {
  table: BlockTable;
  lines: RepeatedLines;
}

async function readInto(
  store: TokenStore,
  source: TextSource,
  tokenizer: Tokenizer,
  { table, lines, seeBytes, scrub }: Pick<SplitOptions, "seeBytes" | "scrub"> & Partial<Structure>,
): Promise<void> {
  const reading = { seeBytes: seeBytes && ((bytes: Uint8Array) => seeBytes(bytes, source)), scrub };
  for await (const piece of readTokens(source, tokenizer, reading)) {
    const { tokens, startsLine, isPersonal } = piece;
    tokens.forEach((token, index) => {
      const { hash, length } = store.add(token, isPersonal?.[index]);
      lines?.add(token.word, hash, startsLine[index]!);
      const endsSentence = token.word === END_OF_SENTENCE;
      table?.add(hash, length, { startsLine: startsLine[index]!, endsSentence });
    });
  }
  store.endDocument(nameSource(source));
}

function describeRepeated({ ranges }: RepeatedLines): string {
  const lines =
    ranges.length === 1
      ? "1 line was read before and counts"
      : `${ranges.length} lines were read before and count`;
  return `${lines} once (quotations, signatures, lines of several documents)`;
}

function describe({ repeats, isRepetitive }: HeldOut, { blocks, unit }: BlockTable): string[] {
  if (isRepetitive) {
    return [
      "the text repeats itself: what is held out stands in the training text too, so the figures flatter the model",
    ];
  }
  if (repeats === 0) return [];
  return [`${repeats} of ${blocks.length} ${unit}s repeat others and are trained on, not held out`];
}
