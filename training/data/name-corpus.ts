// training/data/name-corpus: what a text and its files are called where others read it: where it lies on this machine is nobody's
// business.

import { basename } from "node:path";

const IN_STORE = /^corpora\/[^/]+\/$/;

/** A path's last part; a corpus of the store, or the built-in one, as it is. */
export function nameCorpus(corpus: string): string {
  return isStored(corpus) ? corpus : basename(corpus);
}

/** Whether a name is that of a corpus of the store. */
export function isStored(corpus: string): boolean {
  return IN_STORE.test(corpus);
}

/** A file's path in its corpus, from that path or from its key in the store. */
export function pathInCorpus(key: string): string {
  return key.replace(/^corpora\/[^/]+\//, "");
}
