// training/data/read-tokens: a source's bytes as tokens, a piece at a time, so that a text of any size streams through.

import { END_OF_SENTENCE, readFinished } from "#model/tokenizers/tokenizer";
import type { Token, Tokenizer } from "#model/tokenizers/tokenizer";
import type { TextSource } from "./source.ts";

export interface TokenPiece {
  text: string; // that the tokens stand in
  tokens: Token[];
  startsLine: boolean[]; // of each token, whether it is the first on its line
}

/**
 * Yields a source's tokens in order, the last one always an end of sentence.
 * @param seeBytes is shown every piece of the source as it is read
 * @throws where the bytes are not text, naming the source and about where
 */
export async function* readTokens(
  source: TextSource,
  tokenizer: Tokenizer,
  seeBytes: (bytes: Uint8Array) => void = () => {},
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
    const { tokens, stableTokens, stableEnd } = tokenizer.read(unread, previous);
    if (stableTokens === 0) continue;
    tokens.length = stableTokens;
    const text = unread.slice(0, stableEnd);
    unread = unread.slice(stableEnd);
    previous = tokens.at(-1)!.word;
    yield { text, tokens, startsLine: findLineStarts(text, tokens) };
  }
  unread += decodeAt({ source, offset }, () => decoder.decode());
  const tokens = readFinished(tokenizer, unread, previous);
  const last = tokens.at(-1)?.word ?? previous;
  if (last !== END_OF_SENTENCE)
    tokens.push({ word: END_OF_SENTENCE, surface: "", start: 0, end: 0 });
  if (tokens.length > 0) yield { text: unread, tokens, startsLine: findLineStarts(unread, tokens) };
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
