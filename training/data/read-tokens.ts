// training/data/read-tokens: a source's bytes as tokens, a piece at a time, so that a text of any size streams through.

import { chunksOf, END_OF_SENTENCE, readFinished } from "#model/tokenizers/tokenizer";
import type { Reading, Token, Tokenizer } from "#model/tokenizers/tokenizer";
import { findPersonalData } from "./personal-data.ts";
import type { PersonalSpan } from "./personal-data.ts";
import type { TextSource } from "./source.ts";

export interface TokenPiece {
  text: string; // that the tokens stand in
  tokens: Token[];
  startsLine: boolean[]; // of each token, whether it is the first on its line
  isPersonal: boolean[] | null; // of each token, whether it is part of a person's data; null where none was looked for
}

export interface TokenReading {
  seeBytes?: (bytes: Uint8Array) => void; // is shown every piece of the source as it is read
  scrub?: boolean; // look for data of persons
}

/** So many chunks may still belong to an account or telephone number that began before them. */
const CHUNKS_HELD = 16;

/**
 * Yields a source's tokens in order, the last one always an end of sentence.
 * @throws where the bytes are not text, naming the source and about where
 */
export async function* readTokens(
  source: TextSource,
  tokenizer: Tokenizer,
  { seeBytes = () => {}, scrub = false }: TokenReading = {},
): AsyncGenerator<TokenPiece> {
  const encoding = source.encoding ?? "utf-8";
  const decoder = new TextDecoder(encoding, { fatal: true });
  let unread = "";
  let previous = END_OF_SENTENCE;
  let offset = 0;
  for await (const bytes of source.open()) {
    seeBytes(bytes);
    unread += decodeAt({ source, offset }, () => decoder.decode(bytes, { stream: true }));
    offset += bytes.length;
    const reading = tokenizer.read(unread, previous);
    const spans = scrub ? findPersonalData(unread) : null;
    const { tokens } = reading;
    const { stableTokens, stableEnd } = spans ? stopBeforeSpan(reading, unread, spans) : reading;
    if (stableTokens === 0) continue;
    tokens.length = stableTokens;
    const text = unread.slice(0, stableEnd);
    unread = unread.slice(stableEnd);
    previous = tokens.at(-1)!.word;
    const isPersonal = spans && markPersonal(tokens, spans);
    yield { text, tokens, startsLine: findLineStarts(text, tokens), isPersonal };
  }
  unread += decodeAt({ source, offset }, () => decoder.decode());
  const tokens = readFinished(tokenizer, unread, previous);
  const last = tokens.at(-1)?.word ?? previous;
  if (last !== END_OF_SENTENCE)
    tokens.push({ word: END_OF_SENTENCE, surface: "", start: 0, end: 0 });
  if (tokens.length === 0) return;
  const isPersonal = scrub ? markPersonal(tokens, findPersonalData(unread)) : null;
  yield { text: unread, tokens, startsLine: findLineStarts(unread, tokens), isPersonal };
}

/** Of what no further text can change, so much that no person's data is cut in two. */
function stopBeforeSpan(
  { tokens, stableEnd }: Reading,
  text: string,
  spans: PersonalSpan[],
): { stableTokens: number; stableEnd: number } {
  const ends: number[] = [];
  for (const { end } of chunksOf(text)) if (end <= stableEnd) ends.push(end);
  ends.length = Math.max(ends.length - CHUNKS_HELD, 0);
  const isCut = (at: number) => spans.some(({ begin, end }) => begin < at && at < end);
  while (ends.length > 0 && isCut(ends.at(-1)!)) ends.pop();
  const end = ends.at(-1) ?? 0;
  return { stableTokens: tokens.findLastIndex((token) => token.end <= end) + 1, stableEnd: end };
}

/** Which tokens are part of a span. */
function markPersonal(tokens: Token[], spans: PersonalSpan[]): boolean[] {
  let next = 0; // the first span that does not end before the token
  return tokens.map(({ start, end }) => {
    while (next < spans.length && spans[next]!.end <= start) next++;
    return next < spans.length && spans[next]!.begin < end;
  });
}

function findLineStarts(text: string, tokens: Token[]): boolean[] {
  let end = 0; // of the token before
  return tokens.map((token) => {
    let startsLine = false;
    for (let at = end; at < token.start && !startsLine; at++) {
      const code = text.charCodeAt(at);
      startsLine = code === 10 || code === 13;
    }
    end = Math.max(end, token.end);
    return startsLine;
  });
}

function decodeAt(
  { source, offset }: { source: TextSource; offset: number },
  decode: () => string,
): string {
  let text: string;
  try {
    text = decode();
  } catch {
    const encoding = (source.encoding ?? "utf-8").toUpperCase();
    throw new Error(
      `"${source.name}" is not ${encoding} text, at or after byte ${offset}; convert it to UTF-8 or leave it out`,
    );
  }
  if (text.includes("\0")) {
    throw new Error(
      `"${source.name}" looks binary: a zero byte at or after byte ${offset}; give plain text files`,
    );
  }
  return text;
}
