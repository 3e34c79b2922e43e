// training/low-rank/fit-bands: fits the factors of a large vocabulary's bands to a trained model: those that change its logits and
// its gates least on its training text. What they are used for is model/low-rank's.
//
// H hidden size, V vocabulary size, R rank of a band.

import { LanguageModel } from "#inference/language-model";
import { bandsOfFile } from "#model/edge-tensors";
import { writeEdgeFile } from "#model/edge-file";
import { bandsOf } from "#model/low-rank";
import type { MasterModel } from "#model/master-file";
import { readEdgeModule } from "../evaluation/edge-scorer.ts";
import { factorise, momentsOf, traceOf } from "./factorise.ts";

const PIECES = 20; // of the training text
const PIECE_TOKENS = 1_000;
const LARGEST_OUTPUT = 63; // of an output in 7 bits, whose zero is ZERO_POINT
const ZERO_POINT = 64;
/** How much the gates of the first layer count beside the logits: measured, 0.1 to 0.3 do equally well. */
const GATES_SHARE = 0.3;

/**
 * Gives a model the bands of low rank that its edge file should have, if any.
 * @param ids the training text, of which some pieces are read
 */
export async function fitBands(master: MasterModel, ids: Int32Array): Promise<void> {
  const { metadata, vocabulary, weights } = master;
  const { config } = metadata;
  const bands = bandsOf(config);
  if (bands.length === 0) return;
  const { hiddenSize: H, vocabularySize: V } = config;
  const metric = await metricOf(master, ids);
  const counts = Float64Array.from(vocabulary.entries, ({ count }) => Math.max(count, 1));
  const embedding = weights.get("embedding")!;
  master.bands = bandsOfFile({ config, bands }).map(({ begin, end, rank }) =>
    factorise(embedding.subarray(begin * H, Math.min(end, V) * H), {
      weights: counts.subarray(begin, Math.min(end, V)),
      metric,
      rank,
    }),
  );
  metadata.bands = bands;
}

/** What a row's error costs, in the logits and in the gates [H, H]. */
async function metricOf(master: MasterModel, ids: Int32Array): Promise<Float64Array> {
  const H = master.metadata.config.hiddenSize;
  const outputs = await outputsOf(master, ids);
  const kernel = master.weights.get("lstm.0.kernel")!; // [2H, 4H], the input's rows first
  const logits = momentsOf(outputs.length, H, (at) => outputs[at]!);
  const gates = momentsOf(4 * H, H, (column) => Float32Array.from({ length: H }, (_, k) => kernel[k * 4 * H + column]!)); // prettier-ignore
  const factor = (GATES_SHARE * traceOf(logits, H)) / (traceOf(gates, H) || 1);
  return logits.map((value, at) => value + factor * gates[at]!);
}

/** The last layer's outputs [H] over pieces of a text. */
async function outputsOf(master: MasterModel, ids: Int32Array): Promise<Float32Array[]> {
  const network = LanguageModel.open(await readEdgeModule(), writeEdgeFile(master), {
    useNgrams: false,
  });
  const { hiddenSize: H } = master.metadata.config;
  return Array.from({ length: PIECES }, (_, piece) => {
    const begin = Math.floor((piece * ids.length) / PIECES);
    const end = Math.min(begin + PIECE_TOKENS, Math.floor(((piece + 1) * ids.length) / PIECES));
    return network
      .trace(network.initialState(), ids.subarray(begin, end))
      .outputs.map((q) =>
        Float32Array.from(q.subarray(0, H), (value) => (value - ZERO_POINT) / LARGEST_OUTPUT),
      );
  }).flat();
}
