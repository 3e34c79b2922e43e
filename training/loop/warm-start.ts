// training/loop/warm-start: where training begins when it goes on from a model that is there, under the words of a new text.
//
// H hidden size, V vocabulary size.

import type { LanguageModelConfig } from "#model/hyper-parameters";
import type { MasterModel } from "#model/master-file";
import type { ModelMetadata } from "#model/metadata";
import { countElements, tensorOf, tensorTable } from "#model/tensors";
import type { TensorShape, Weights } from "#model/tensors";
import type { TokenizerName } from "#model/tokenizers/tokenizer";
import type { Vocabulary } from "#model/vocabulary";
import type { KnownText } from "../data/known-text.ts";

/** A published model to go on from. */
export interface Parent {
  version: string;
  master: MasterModel;
  texts?: KnownText[]; // that it was trained on, to be replayed where they are still there
}

/** As much of it as says whether a run can go on from it: a version's card has that too. */
export interface ShapedParent {
  version: string;
  master: { metadata: Pick<ModelMetadata, "config" | "tokenizer" | "training"> };
}

/** What becomes of it. */
export interface Child {
  model: LanguageModelConfig;
  tokenizer: TokenizerName;
  vocabulary: Vocabulary;
}

/** What becomes of a parent's words. */
export interface CarriedWords {
  kept: number;
  new: number;
  dropped: number;
}

/**
 * The parent's weights for the child's words. Words that stay keep their rows. A new word begins as `<unk>`, which is
 * what the parent read it as, and the probability of `<unk>` is shared by what it stood for, as often as each occurs
 * now: so the child predicts from the first step on what its parent did. Of a parent that never met `<unk>` that row
 * says nothing, and a new word begins as the mean of the words that stay.
 */
export function startFrom(parent: Parent, child: Child): Weights {
  const old = parent.master;
  checkSameShape(parent, child);
  const entries = child.vocabulary.entries;
  const sources = entries.map(({ word }) => {
    return old.vocabulary.has(word) ? old.vocabulary.idOf(word) : undefined;
  });
  const kept = sources.filter((id) => id !== undefined);
  const hasMetUnknown = old.vocabulary.entries[old.vocabulary.unknownId]!.count > 0;
  const likeWhich = hasMetUnknown ? [old.vocabulary.unknownId] : kept;
  const oldTable = tensorTable(old.metadata.config);
  const weights: Weights = new Map(
    tensorTable(child.model).map((entry, index) => {
      const from = oldTable[index]!;
      const values = tensorOf(old.weights, from);
      return [
        entry.name,
        entry.name.startsWith("lstm.")
          ? values
          : carryWords(values, { from, to: entry, sources, likeWhich }),
      ];
    }),
  );
  if (hasMetUnknown) shareUnknown(weights.get("softmax.bias")!, child.vocabulary, sources);
  return weights;
}

/** How many of a parent's words a child keeps and drops, and how many of its own are new. */
export function countCarried(parent: Vocabulary, child: Vocabulary): CarriedWords {
  const kept = child.entries.filter(({ word }) => parent.has(word)).length;
  return { kept, new: child.size - kept, dropped: parent.size - kept };
}

/** Throws unless the parent has the shape of what is to go on from it, whatever its words. */
export function checkSameShape(
  { version, master: { metadata } }: ShapedParent,
  { model, tokenizer }: Pick<Child, "model" | "tokenizer">,
): void {
  const { hiddenSize, layers, tied, forgetBias } = metadata.config;
  const was = { tokenizer: metadata.tokenizer, hiddenSize, layers, tied, forgetBias };
  const is = { ...model, tokenizer };
  const differences = (Object.keys(was) as (keyof typeof was)[])
    .filter((name) => is[name] !== was[name])
    .map((name) => `${name} ${was[name]}, not ${is[name]}`);
  if (differences.length > 0) {
    throw new Error(
      `model ${version} has ${differences.join(", ")}; to go on from it, train with the same`,
    );
  }
}

interface Carrying {
  from: TensorShape;
  to: TensorShape;
  sources: (number | undefined)[]; // of each word the parent's id
  likeWhich: number[]; // the parent's ids whose mean a new word begins as
}

/** A tensor's numbers for each word, from where the parent has them. */
function carryWords(
  values: Float32Array,
  { from, to, sources, likeWhich }: Carrying,
): Float32Array {
  const result = new Float32Array(countElements(to.shape));
  const V = sources.length;
  const oldV = values.length / (result.length / V);
  const isByColumn = from.name === "softmax.weight"; // [H, V]; the others have a row for each word
  const count = result.length / V;
  for (let element = 0; element < count; element++) {
    const oldAt = (id: number) => (isByColumn ? element * oldV + id : id * count + element);
    const start = likeWhich.reduce((sum, id) => sum + values[oldAt(id)]!, 0) / likeWhich.length;
    sources.forEach((id, word) => {
      const at = isByColumn ? element * V + word : word * count + element;
      result[at] = id === undefined ? start : values[oldAt(id)]!;
    });
  }
  return result;
}

/** Divides the probability of `<unk>`, which a bias multiplies, among it and the new words. */
function shareUnknown(
  bias: Float32Array,
  { entries, unknownId }: Vocabulary,
  sources: (number | undefined)[],
): void {
  const countOf = (id: number) => Math.max(entries[id]!.count, 1);
  const sharers = [...entries.keys()].filter((id) => id === unknownId || sources[id] === undefined);
  const total = sharers.reduce((sum, id) => sum + countOf(id), 0);
  for (const id of sharers) bias[id]! += Math.log(countOf(id) / total);
}
