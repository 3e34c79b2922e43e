// registry/known-text: finds texts that a model was trained on, in a store or on this machine.

import { findLocalText } from "#training/data/known-text";
import type { FindText } from "#training/data/known-text";
import { pathInCorpus } from "#training/data/name-corpus";
import type { ObjectStore } from "./object-store.ts";
import { openStoreAt, PATIENT } from "./open.ts";

/**
 * Finds those of a text's files that are still there; of one in a store nothing is fetched before it is read.
 * @example
 * await train({ ...options, findText: findKnownText }, reporter);
 */
export const findKnownText: FindText = async (text, files) => {
  if (!/^(s3|https?):/.test(text.corpus)) return findLocalText(text, files);
  const store = openStoreAt(text.corpus, PATIENT);
  const prefixes = new Set(files.map(({ key }) => key.slice(0, -pathInCorpus(key).length)));
  const lists = await Promise.all([...prefixes].map((prefix) => store.list(prefix)));
  const isThere = new Set(lists.flat());
  return files
    .filter(({ key }) => isThere.has(key))
    .map(({ key, bytes }) => {
      return { name: key, file: pathInCorpus(key), bytes, open: () => readObject(store, key) };
    });
};

async function* readObject(store: ObjectStore, key: string): AsyncGenerator<Uint8Array> {
  const found = await store.get(key);
  if (found) yield found.body;
}
