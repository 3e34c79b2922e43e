// edge/pages/playground/model-card: what is known of the model, in words that a visitor understands, and all the numbers.

/** As GET /v1/models/{name}/card answers. */
export interface ModelCard {
  model: string;
  version: string;
  created_at: string;
  promoted_at: string;
  vocabulary_size: number;
  hidden_size: number;
  layers: number;
  metrics: Record<string, number>;
}

/** How good it is, in a sentence. */
export function describeQuality({ metrics }: ModelCard): string {
  const accuracy = find(metrics, /^(?:test_|valid_)?accuracy$/);
  const savings = find(metrics, /^(?:test_|valid_)?keystroke_savings$/);
  const said = [
    accuracy && `its first guess is right ${timesIn(accuracy)}`,
    savings && `it saves ${Math.round(10 * savings)} of 10 keystrokes`,
  ].filter(Boolean);
  return said.length > 0 ? `On text that it has not read, ${said.join(", and ")}.` : "";
}

/** What it is made of, in a sentence. */
export function describeModel(card: ModelCard): string {
  const { vocabulary_size: words, layers, hidden_size: units, version } = card;
  const trained = new Date(card.created_at).toLocaleDateString([], { dateStyle: "long" });
  const network = `${layers} LSTM ${layers === 1 ? "layer" : "layers"} of ${units} units`;
  return `It knows ${words.toLocaleString()} words and has ${network}. Trained on ${trained}, version ${version}.`;
}

/** Everything, by name. */
export function rowsOf({ metrics, promoted_at: promoted }: ModelCard): [string, string][] {
  const number = (value: number) => value.toLocaleString([], { maximumFractionDigits: 1 });
  const isShare = (name: string) => !/perplexity|bits|seconds|tokens/.test(name);
  return [
    ["Current since", new Date(promoted).toLocaleString([], { dateStyle: "medium", timeStyle: "short" })],
    ...Object.entries(metrics).map(([name, value]): [string, string] => [
      (name[0]!.toUpperCase() + name.slice(1)).replaceAll("_", " "),
      isShare(name) && value <= 1 ? `${number(100 * value)} %` : number(value),
    ]),
  ];
} // prettier-ignore

function find(metrics: Record<string, number>, pattern: RegExp): number | undefined {
  return Object.entries(metrics).find(([name]) => pattern.test(name))?.[1];
}

function timesIn(share: number): string {
  return share >= 0.4 ? `${Math.round(10 * share)} times in 10` : `1 time in ${Math.max(Math.round(1 / share), 1)}`;
} // prettier-ignore
