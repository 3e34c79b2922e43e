// base/card: the base model's card for people, from the run's card.json and the table of its texts.

import type { TextPackage } from "./texts.ts";

export interface CardText extends TextPackage {
  characters: number;
}

/** What the card reads of a run's card.json; its other fields stay there. */
interface RunCard {
  model_details: { parameters: number; config: object };
  training_data: { tokens: number; vocabulary: number; sha256: string };
  quantitative_analyses: { tokens: number; int8_perplexity: number; cached_perplexity: number };
}

/**
 * The package's card.md.
 * @param card a run's card.json
 * @param texts the texts in the order in which they were read
 */
export function writeCard(card: RunCard, texts: CardText[]): string {
  const { model_details, training_data, quantitative_analyses: figures } = card;
  const rows = texts.map(
    (text) =>
      `| ${text.description} | ${text.registry}: ${text.package} ${text.version} | ${text.licence} | ` +
      `${megabytes(text.characters)} | ${text.sha256.slice(0, 12)}… |`,
  );
  return `# The base model

An LSTM language model of general English: what \`train\` goes on from where a text is English prose.
\`npm run base\` makes it again from the texts below.

| text | package | licence | characters | sha256 of the package |
| --- | --- | --- | --- | --- |
${rows.join("\n")}

- ${model_details.parameters.toLocaleString("en")} parameters, ${training_data.vocabulary.toLocaleString("en")} words,
  ${training_data.tokens.toLocaleString("en")} words of training text (sha256 ${training_data.sha256.slice(0, 12)}…)
- perplexity ${figures.int8_perplexity.toFixed(1)} on ${figures.tokens.toLocaleString("en")} words held out of the same
  texts, ${figures.cached_perplexity.toFixed(1)} with the neural cache

Of the mail, writers whose address hashes (first byte of SHA-256) to an odd number are left out, and five presidents and
three more addresses of the speeches, so that the model can be judged on writers whom it never read.

It knows the subjects of its texts: American politics, free software, mailing lists, whaling. It repeats their views
and their century's words for people; do not judge anybody by what it offers.
`;
}

function megabytes(characters: number): string {
  return `${(characters / 1e6).toFixed(1)} M`;
}
