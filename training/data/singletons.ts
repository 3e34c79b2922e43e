// training/data/singletons: trains `<unk>` where a text has too little of it: words that the text has once are read as `<unk>` at
// random, others in each epoch, so that a model knows both such words and what it is to meet a word that it does not know.

import { philox } from "#kernels/philox";
import type { Vocabulary } from "#model/vocabulary";

const SHARE = 0.5; // of the words seen once
const STREAM = 1; // apart from others that draw with the same seed

/** The training text of an epoch: the same for the same seed and epoch, wherever a run goes on from. */
export function hideSingletons(
  ids: Int32Array,
  { entries, unknownId }: Vocabulary,
  { seed, epoch }: { seed: number; epoch: number },
): Int32Array {
  const isSingle = Uint8Array.from(entries, ({ count }, id) => Number(count === 1 && id !== unknownId)); // prettier-ignore
  const singles = isSingle.reduce((sum, single) => sum + single, 0);
  if (entries[unknownId]!.count >= singles) return ids;
  const hidden = ids.slice();
  for (let at = 0; at < ids.length; at++) {
    if (isSingle[ids[at]!] === 0) continue;
    const [random] = philox([at, epoch, 0, STREAM], [seed, 0]);
    if (random < SHARE * 2 ** 32) hidden[at] = unknownId;
  }
  return hidden;
}
