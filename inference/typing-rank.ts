// inference/typing-rank: where a word stands among the suggestions while it is typed, from the probabilities of all words: the
// ranking of candidates and predictor, for evaluations that have no text but ids. What the case of the letters typed says is
// left out.
//
// V vocabulary size.

import { foldLetters } from "#model/tokenizers/letters";
import { buildSuggestionMask, isSuggestible } from "./suggestion-mask.ts";
import type { TokenizerName } from "#model/tokenizers/tokenizer";
import type { Vocabulary } from "#model/vocabulary";

/** What may be suggested after some letters of a word. */
interface Stage {
  folded: string; // the letters, as they are compared
  completions: Int32Array; // words that start so
  whole: number | null; // the word that the letters are already: its followers are suggested, not itself
}

/** Log-probabilities of the most probable suggestions after a word, the first `limit` of them. */
export type Followers = (id: number) => readonly number[];

/** What else is suggested besides the vocabulary's words. */
export interface RankedBeside {
  /** Where it is known what follows; without it, a word that is whole takes no place. */
  followers?: Followers;
  /** Log-probabilities of the writer's words that the vocabulary lacks. */
  userWords?: ReadonlyMap<string, number>;
}

/**
 * Ranks words as a typist sees them.
 *
 * @example
 * new TypingRank(vocabulary, "text", 5).lettersUntilSuggested(id, logProbabilities); // 2
 */
export class TypingRank {
  readonly suggestible: Uint8Array; // [V]
  readonly #vocabulary: Vocabulary;
  readonly #limit: number;
  readonly #byPrefix = new Map<string, Stage>();
  readonly #byWord = new Map<number, Stage[]>();

  constructor(vocabulary: Vocabulary, tokenizer: TokenizerName, limit: number) {
    this.#vocabulary = vocabulary;
    this.#limit = limit;
    this.suggestible = buildSuggestionMask(vocabulary, tokenizer);
  }

  /**
   * After how many of a word's letters it is among the first suggestions; Infinity where it never is.
   * @param scores log-probabilities [V], or what they were made of
   */
  lettersUntilSuggested(id: number, scores: Float32Array, beside: RankedBeside = {}): number {
    if (!this.suggestible[id]) return Infinity;
    return this.#lettersUntil(this.#stagesOf(id), scores[id]!, scores, beside);
  }

  /** The same of a word that the vocabulary lacks: it is suggested where it is among the writer's own. */
  lettersUntilUserWord(word: string, scores: Float32Array, beside: RankedBeside): number {
    const score = beside.userWords?.get(word);
    if (score === undefined || !isSuggestible(word)) return Infinity;
    return this.#lettersUntil(this.#stagesIn(word), score, scores, beside);
  }

  #lettersUntil(
    stages: Stage[],
    score: number,
    scores: Float32Array,
    beside: RankedBeside,
  ): number {
    const letters = stages.findIndex((stage) => this.#isSuggested(score, stage, scores, beside));
    return letters === -1 ? Infinity : letters;
  }

  #isSuggested(
    score: number,
    { folded, completions, whole }: Stage,
    scores: Float32Array,
    { followers, userWords }: RankedBeside,
  ): boolean {
    let ahead = countAbove(completions, scores, score);
    for (const [word, other] of userWords ?? []) {
      if (other > score && isCompletion(word, folded)) ahead++;
    }
    if (ahead >= this.#limit) return false;
    if (whole === null || !followers) return true;
    const share = scores[whole]!;
    if (countAbove(completions, scores, share) >= this.#limit) return true;
    for (const follower of followers(whole)) if (share + follower > score) ahead++;
    return ahead < this.#limit;
  }

  /** What fits after 0, 1, 2, … of a word's letters. */
  #stagesOf(id: number): Stage[] {
    let stages = this.#byWord.get(id);
    if (!stages)
      this.#byWord.set(id, (stages = this.#stagesIn(this.#vocabulary.entries[id]!.word)));
    return stages;
  }

  #stagesIn(word: string): Stage[] {
    return Array.from({ length: word.length }, (_, typed) => this.#stage(word.slice(0, typed)));
  }

  #stage(prefix: string): Stage {
    let stage = this.#byPrefix.get(prefix);
    if (!stage) {
      const whole = this.#vocabulary.has(prefix) ? this.#vocabulary.idOf(prefix) : null;
      const completions = Int32Array.from(
        this.#vocabulary
          .idsStartingWith(prefix)
          .filter((id) => this.suggestible[id] && id !== whole),
      );
      this.#byPrefix.set(prefix, (stage = { folded: foldLetters(prefix), completions, whole }));
    }
    return stage;
  }
}

/** Whether letters begin a word and are not yet all of it. */
function isCompletion(word: string, folded: string): boolean {
  const other = foldLetters(word);
  return isSuggestible(word) && other !== folded && other.startsWith(folded);
}

function countAbove(ids: Int32Array, scores: Float32Array, score: number): number {
  let count = 0;
  for (let at = 0; at < ids.length; at++) if (scores[ids[at]!]! > score) count++;
  return count;
}
