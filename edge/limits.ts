// edge/limits: how much one call may ask for.

export const MAX_TEXT_BYTES = 65_536;
/** Of an LSTM state in base64: no model that fits an isolate has a larger one. */
const MAX_STATE_CHARACTERS = 134_000;
/** JSON may write a character in up to six bytes; what is longer cannot hold a text and a state that are allowed. */
export const MAX_BODY_BYTES = 6 * MAX_TEXT_BYTES + MAX_STATE_CHARACTERS + 6_144;
export const MAX_PREDICTIONS = 100;
export const DEFAULT_PREDICTIONS = 5;
export const MAX_WORD_CHARACTERS = 200;
export const MAX_PROFILE_WORDS = 1_000; // that a profile is listed with
export const MAX_CHECKED_CHARACTERS = 1_000;
export const DEFAULT_TTL_SECONDS = 24 * 60 * 60;
export const MIN_TTL_SECONDS = 60;
export const MAX_TTL_SECONDS = 30 * 24 * 60 * 60;

export const MAX_REPORTED_WORDS = 10_000; // of one report of feedback
export const MAX_REPORTED_CHARACTERS = 100_000;

export const MAX_COMPLETION_TOKENS = 4_096; // of one answer
export const MAX_COMPLETIONS = 128; // answers to one request, of all its prompts together
export const MAX_REQUEST_TOKENS = 16_384; // that one request may have written
export const MAX_REQUEST_MS = 2_000; // of work that one request may ask for, as edge/work reckons
export const MAX_IDS = 16_384; // that one request may send
export const MAX_STOP_CHARACTERS = 500;
export const MAX_LOGPROBS = 20;
export const MAX_STOPS = 16; // OpenAI takes 4, but evaluation programs send more
