// edge/suppressed-words: the words that a deployment never suggests, from models/<name>/suppressed.txt in its bucket: UTF-8, one a
// line, in any case; lines that begin with # are comments. Without the file all words may be suggested.

import { suppressedKey } from "#model/layout";

export interface SuppressedList {
  etag: string | null; // null where there is none
  words: string[];
}

const MAX_BYTES = 1_000_000;
const NO_WORDS: SuppressedList = { etag: null, words: [] };

/**
 * The list as it is now, the very one that is `known` where that has not changed.
 * @throws where it is too long to be read
 */
export async function readSuppressed(
  store: R2Bucket,
  name: string,
  known = NO_WORDS,
): Promise<SuppressedList> {
  const key = suppressedKey(name);
  const isNew = known.etag !== null && { onlyIf: { etagDoesNotMatch: known.etag } };
  const object = await store.get(key, { ...isNew });
  if (!object) return known.etag === null ? known : NO_WORDS;
  if (!("body" in object)) return known;
  if (object.size > MAX_BYTES) {
    await object.body.cancel();
    throw new Error(`${key} has ${object.size} bytes; ${MAX_BYTES} may be read`);
  }
  const lines = (await object.text()).split("\n").map((line) => line.trim());
  return { etag: object.etag, words: lines.filter((line) => line !== "" && !line.startsWith("#")) };
}
