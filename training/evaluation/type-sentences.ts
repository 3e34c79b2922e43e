// training/evaluation/type-sentences: the first sentences of a text typed letter by letter into a session of an edge file: its network in
// int8, its n-grams, its neural cache. How a typist types is typist's.

import { LanguageModel } from "#inference/language-model";
import { LocalSession } from "#inference/local-session";
import { isSuggestible } from "#inference/suggestion-mask";
import { readFinished } from "#model/tokenizers/tokenizer";
import { readEdgeModule } from "./edge-scorer.ts";
import { typeText } from "./typist.ts";
import type { Suggest, TypingOptions, TypingResult } from "./typist.ts";

/** What is typed into a session of an edge file, and what a typist saves there. */
export interface TypedSentences extends Omit<TypingResult, "text"> {
  sentences: number;
  ceiling: number; // of the savings, where each next word that the model has is always offered
  sessionCeiling: number; // and each that was typed before
}

/** Types sentences into a session of an edge file. */
export async function typeSentences(
  edge: Uint8Array,
  sentences: string[],
  { signal, onProgress }: Pick<TypingOptions, "signal" | "onProgress"> = {},
): Promise<TypedSentences> {
  const model = LanguageModel.open(await readEdgeModule(), edge);
  const session = new LocalSession(model);
  const suggest = async (text: string, limit: number) => session.update(text, { limit });
  const options = { signal, onProgress };
  const target = sentences.join(" ");
  const { text: _, ...typed } = await typeText(target, suggest, options);
  const mostSaved = async (ofSession: boolean) =>
    (await typeText(target, suggestNext(target, model, ofSession))).savings;
  const [ceiling, sessionCeiling] = [await mostSaved(false), await mostSaved(true)];
  return { sentences: sentences.length, ...typed, ceiling, sessionCeiling };
}

/** Knows the text, and suggests its next word wherever a model, or a session of it that forgets nothing, may. */
function suggestNext(
  target: string,
  { words, tokenizer }: LanguageModel,
  ofSession: boolean,
): Suggest {
  const typed = new Set<string>();
  const tokens = readFinished(tokenizer, target).map(({ word, start, end }) => {
    const isOffered = isSuggestible(word) && (words.has(word) || (ofSession && typed.has(word)));
    typed.add(word);
    return { start, end, isOffered: isOffered && !tokenizer.placeholders.includes(word) };
  });
  let next = 0;
  return async (text) => {
    while (next < tokens.length && tokens[next]!.end <= text.length) next++;
    const token = tokens[next];
    if (!token?.isOffered || !target.startsWith(text)) return [];
    const isNext = target.slice(text.length, token.start).trim() === "";
    return isNext ? [{ insert: target.slice(text.length, token.end) }] : [];
  };
}
