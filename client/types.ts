// client/types: what the API's answers look like to a client, and what a session is built from. Runs nothing.

/** A word that may come next, or that completes the one that is being typed. */
export interface Prediction {
  /** As it is mostly written. */
  word: string;
  probability: number;
  /** What to type, with its space and its case. */
  insert: string;
  /** How many UTF-16 units before the cursor it takes the place of. @default 0 */
  replace?: number;
  /** The letters typed do not begin it, but miss it by one key. */
  corrected?: true;
  /** The words that surely follow, each with the probability of all up to it and what to type after the one before. */
  phrase?: { word: string; probability: number; insert: string }[];
}

/** The answer to a change of a session's text. */
export interface Predictions {
  model: string;
  version: string;
  /** Where the text ends, in UTF-16 units. */
  position: number;
  predictions: Prediction[];
}

/** What a call without a session answers. */
export interface StatelessPredictions extends Omit<Predictions, "position"> {
  /** The state after the text, sealed, for the next call; null where the deployment seals none. */
  state: string | null;
}

/** How probable a text is under a model. */
export interface Score {
  model: string;
  version: string;
  tokens: number;
  perplexity: number;
}

/** A session as the server describes it. */
export interface SessionDescription {
  id: string;
  model: string;
  version: string;
  position: number;
  /** Where the retained text begins. */
  start: number;
  /** The retained text. */
  text: string;
  learn: boolean;
  /** Whose profile it reads and adds to. */
  user?: string;
  /** Seconds since 1970. */
  expires: number;
}

/** What a call of a session may say besides the text. */
export interface CallOptions {
  /** How many words to predict. @default 5 */
  limit?: number;
  /** Less probable words are left out. @default 0 */
  min_probability?: number;
  /** The text behind the cursor, or the beginning of that: what stands there is not offered. @default "" */
  after?: string;
  /** Whether predictions come with the words that surely follow them. @default false */
  phrases?: boolean;
  /** Whether words that the letters typed miss by one key are offered where hardly anything fits. @default false */
  correct?: boolean;
  /** Whether the words of this change may be suggested again; as the session has it where left out. */
  learn?: boolean;
  /** Ends the waiting, not the change: the text stays changed, and the next call carries it. */
  signal?: AbortSignal;
}

/** The text as it is now, and what is asked of it. */
export interface Question extends CallOptions {
  text: string;
  /** A word that was suggested and is not wanted. */
  reject?: string;
}

/** What is reported of one version's suggestions since the last report. */
export interface Feedback {
  version: string;
  /** Words for which something was suggested. */
  shown: number;
  /** Of these, words that were accepted. */
  accepted: number;
  /** Of these, words that were suggested and typed to their end. */
  typed_out: number;
  /** That acceptances brought, less the keystrokes of accepting. */
  characters_saved: number;
}

/** Who answers a session's questions: a server, or a model in the page. Asked one question at a time. */
export interface Backend {
  predict(question: Question): Promise<Predictions>;
  /** Takes counts of how suggestions fared; whoever predicts in the page tells nobody. */
  report?(feedback: Feedback): Promise<void>;
  /** Ends the connection; what the server keeps of the session stays until it expires. */
  close(): void;
  /** Ends the session where it is kept. */
  delete(): Promise<void>;
}
