// training/data/name-corpus: what a text is called where others read it: where it lies on this machine is nobody's business.

import { basename } from "node:path";

const IN_STORE = /^corpora\/[^/]+\/$/;

/** A path's last part; a corpus of the store, or the built-in one, as it is. */
export function nameCorpus(corpus: string): string {
  return IN_STORE.test(corpus) ? corpus : basename(corpus);
}
