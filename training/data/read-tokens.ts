// training/data/read-tokens: a source's bytes as tokens, a piece at a time, so that a text of any size streams through.

import { END_OF_SENTENCE } from "#model/tokenizers/text";
import type { Token, Tokenizer } from "#model/tokenizers/text";
import type { TextSource } from "./text-source.ts";

/**
 * Yields a source's tokens in order, the last one always an end of sentence.
 * Throws where the bytes are not text, naming the source and about where.
 * @param seeBytes is shown every piece of the source as it is read
 */
export async function* readTokens(
  source: TextSource,
  tokenizer: Tokenizer,
  seeBytes: (bytes: Uint8Array) => void = () => {},
): AsyncGenerator<Token[]> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let unread = "";
  let previous = END_OF_SENTENCE;
  let offset = 0;
  for await (const bytes of source.open()) {
    seeBytes(bytes);
    unread += decodeAt({ source, offset }, () => decoder.decode(bytes, { stream: true }));
    offset += bytes.length;
    const { tokens, settled, stableEnd } = tokenizer.read(unread, previous);
    if (settled === 0) continue;
    unread = unread.slice(stableEnd);
    tokens.length = settled;
    previous = tokens.at(-1)!.word;
    yield tokens;
  }
  unread += decodeAt({ source, offset }, () => decoder.decode());
  const { tokens, prefix } = tokenizer.read(unread, previous);
  if (prefix) tokens.push(prefix);
  const last = tokens.at(-1)?.word ?? previous;
  if (last !== END_OF_SENTENCE)
    tokens.push({ word: END_OF_SENTENCE, surface: "", start: 0, end: 0 });
  if (tokens.length > 0) yield tokens;
}

function decodeAt(
  { source, offset }: { source: TextSource; offset: number },
  decode: () => string,
): string {
  let text: string;
  try {
    text = decode();
  } catch {
    throw new Error(
      `"${source.name}" is not UTF-8 text, at or after byte ${offset}; convert it to UTF-8 or leave it out`,
    );
  }
  if (text.includes("\0")) {
    throw new Error(
      `"${source.name}" looks binary: a zero byte at or after byte ${offset}; give plain text files`,
    );
  }
  return text;
}
