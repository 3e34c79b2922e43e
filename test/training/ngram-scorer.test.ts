// N-grams alone, as a model that text is scored with.

import { describe, expect, it } from "vitest";
import { ngramProbability } from "#inference/ngram";
import { Vocabulary } from "#model/vocabulary";
import { NgramScorer } from "#training/evaluation/ngram-scorer";
import { scoreTokens } from "#training/evaluation/scoring";
import { buildNgrams, countsAlone, countText } from "#training/ngram/build-ngrams";
import { mixtureLogLikelihood, tuneMixture } from "#training/ngram/tune-mixture";
import { openEdgeScorer, openMixtureScorer } from "#training/evaluation/edge-scorer";
import { writeEdgeFile } from "#model/edge-file";
import { makeTinyModel, seededRandom } from "../tiny-model.ts";

const END = 1;
const TOLERANCE = 1e-5;

/** Text of 40 words, in which each follows from the one before it half of the time. */
function makeText(N: number, length: number, seed: number): Int32Array {
  const random = seededRandom(seed);
  let last = END;
  return Int32Array.from({ length }, () => {
    if (random() < 0.1) return (last = END);
    return (last = random() < 0.5 ? 2 + ((7 * last + 3) % (N - 2)) : 2 + Math.floor((N - 2) * random())); // prettier-ignore
  });
}

function vocabularyOf(master: { vocabulary: Vocabulary }, extra: number): Vocabulary {
  const words = Array.from({ length: extra }, (_, at) => `extra${"abcdefgh"[at]}`);
  return new Vocabulary([
    ...master.vocabulary.entries,
    ...words.map((word) => ({ word, display: word, count: 1 })),
  ]);
}

describe("n-grams alone", () => {
  const master = makeTinyModel();
  const words = vocabularyOf(master, 7);
  const train = makeText(words.size, 4_000, 1);
  const text = { words, train, valid: makeText(words.size, 500, 2) };
  const counted = countText(text);
  const model = countsAlone(text, counted);

  it("score a text by the words before, and forget them at a sentence's end", async () => {
    const ids = text.valid.subarray(0, 200);
    await scoreTokens(
      new NgramScorer(model),
      ids,
      { endId: END, vocabularySize: words.size },
      (at, row) => {
        const context = model.lookUp([END, ...ids.subarray(0, at)]);
        row.forEach((score, id) => {
          expect(Math.abs(score - Math.log(ngramProbability(model, context, id)))).toBeLessThan(
            TOLERANCE,
          );
        });
      },
    );
  });

  it("are kept beside a network that they make better, with weights that favour the surer one", async () => {
    const { network } = await openEdgeScorer(writeEdgeFile(master));
    const built = await buildNgrams(network, text, counted);
    expect(built).not.toBeNull();
    expect(built!.perplexity < built!.networkPerplexity).toBe(true);
    expect(built!.settings.words).toBe(words.size);
    for (const weight of built!.settings.weights) expect(weight).toBeGreaterThan(0.5);

    const metadata = { ...master.metadata, ngram: built!.settings };
    const scorer = await openMixtureScorer(
      writeEdgeFile({ ...master, metadata, ngrams: built!.tables }),
    );
    let sum = 0;
    await scoreTokens(scorer, text.valid, { endId: END, vocabularySize: words.size }, (at, row) => {
      sum += row[text.valid[at]!]!;
    });
    // what was tuned for is what the edge gives
    expect(Math.abs(Math.exp(-sum / text.valid.length) / built!.perplexity - 1)).toBeLessThan(1e-3);
  });

  it("are left out where they make a text no more probable", async () => {
    const fair = makeTinyModel({ spread: 0 }); // gives every word the same
    const { network } = await openEdgeScorer(writeEdgeFile(fair));
    const valid = Int32Array.from({ length: 600 }, (_, at) => 3 + (at % 30));
    const noise = {
      words: fair.vocabulary,
      train: Int32Array.from({ length: 300 }, () => 2),
      valid,
    };
    expect(await buildNgrams(network, noise, countText(noise))).toBeNull();
  });
});

describe("weights of a mixture", () => {
  const random = seededRandom(5);
  const samples = Array.from({ length: 4_000 }, (_, at) => {
    // of the first kind the n-grams are right, of the second the network
    const [right, wrong] = [0.3 + 0.4 * random(), 0.01 + 0.1 * random()];
    return at % 2 === 0 ? { network: wrong, ngram: right, weight: 0 } : { network: right, ngram: wrong, weight: 1 }; // prettier-ignore
  });

  it("follow what is right in each case", () => {
    const [first, second, unseen] = tuneMixture(samples, 3);
    expect(first).toBeGreaterThan(0.95);
    expect(second).toBeLessThan(0.05);
    expect(unseen).toBeGreaterThan(0.3);
    expect(unseen).toBeLessThan(0.7);
  });

  it("make the text as probable as no others do", () => {
    const weights = tuneMixture(samples, 2);
    const best = mixtureLogLikelihood(samples, weights);
    for (const change of [-0.01, 0.01, 0.05]) {
      const others = weights.map((weight) => Math.min(Math.max(weight + change, 0), 1));
      expect(mixtureLogLikelihood(samples, others)).toBeLessThan(best + 1);
    }
  });
});
