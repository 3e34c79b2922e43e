// bench/heavy-requests: the heaviest requests that the Worker accepts: each kind grows until it is refused, with texts that are hard
// to read among them.

/** A request whose work grows with `size`. */
export interface HeavyKind {
  name: string;
  path: string;
  body(size: number, salt: string): object; // another text with other salt: what was read is remembered
  max: number; // of size
}

const BYTES = 65_000;
const repeat = (piece: string) => (size: number) => piece.repeat(Math.ceil(size / piece.length)).slice(0, size); // prettier-ignore
const words = repeat("the people of the united states and the state of our union ");
const TEXTS: Record<string, (size: number) => string> = {
  words,
  letters: repeat("a b c d "),
  apostrophes: repeat("a'"),
  points: repeat("a."),
  spaces: repeat(" "),
  newlines: repeat("the\n"),
  "one word": repeat("a"),
};
const LIST = { limit: 100, phrases: true, correct: true, after: words(BYTES) };

const reading = (path: string, options: object): HeavyKind[] =>
  Object.entries(TEXTS).map(([name, write]) => ({
    name: `${path} ${name}`,
    path,
    max: BYTES,
    body: (size, salt) => ({ text: salt + write(size), ...options }),
  }));

const completions = (name: string, max: number, body: (size: number) => object): HeavyKind => ({
  name: `/v1/completions ${name}`,
  path: "/v1/completions",
  max,
  body,
});

export const HEAVY_KINDS: HeavyKind[] = [
  ...reading("/v1/predict", LIST),
  ...reading("/v1/sessions", {}),
  ...reading("/v1/score", {}),
  ...Object.entries(TEXTS).map(([name, write]) => ({
    name: `/v1/tokenize ${name}`,
    path: "/v1/tokenize",
    max: BYTES,
    body: (size: number, salt: string) => ({ prompt: salt + write(size) }),
  })),
  completions("greedy", 4_096, (max_tokens) => ({ prompt: "the ", max_tokens, temperature: 0 })),
  completions("nucleus", 4_096, (max_tokens) => ({ prompt: "the ", max_tokens, top_p: 0.9 })),
  completions("reported", 4_096, (max_tokens) => ({ prompt: "the ", max_tokens, top_p: 0.9, logprobs: 20 })), // prettier-ignore
  completions("penalised", 4_096, (max_tokens) => ({ prompt: "the ", max_tokens, top_p: 0.9, frequency_penalty: 1, presence_penalty: 1 })), // prettier-ignore
  completions("stops", 4_096, (max_tokens) => ({ prompt: "the ", max_tokens, stop: Array.from({ length: 16 }, (_, at) => `${"a".repeat(499)}${at % 10}`) })), // prettier-ignore
  completions("many", 128, (max_tokens) => ({ prompt: "the ", n: 128, max_tokens })),
  completions("best of", 128, (max_tokens) => ({ prompt: "the ", n: 1, best_of: 128, max_tokens })),
  completions("prompt", BYTES, (size) => ({ prompt: words(size), max_tokens: 1 })),
  completions("echoed", BYTES, (size) => ({ prompt: words(size), max_tokens: 1, echo: true, logprobs: 20 })), // prettier-ignore
  completions("prompts", 128, (size) => ({ prompt: Array.from({ length: size }, () => words(500)), max_tokens: 1 })), // prettier-ignore
  completions("ids", 16_384, (size) => ({ prompt: Array.from({ length: size }, (_, at) => 3 + (at % 20)), max_tokens: 1 })), // prettier-ignore
];
