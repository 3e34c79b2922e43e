// config/setting-help: what each hyper-parameter is, for those who set it: in the help of `train` and in the schema of cdk.json. The
// tables are model/hyper-parameters, of which the edge and pages carry the model's too: without these words.

import type { HyperParameterName } from "#model/hyper-parameters";

/** By the settings' names. */
export const SETTING_HELP: Record<HyperParameterName, string> = {
  vocabularySize: "the most frequent words that the model knows, at most",
  hiddenSize: "size of the embedding and of each layer",
  layers: "LSTM layers",
  forgetBias: "added to the forget gate before its sigmoid",
  tied: "use the embedding as the softmax weight",
  initScale: "weights start uniform between −N and N",
  learningRate: "of SGD, before it decays",
  numSteps: "time steps of truncated back-propagation",
  batchSize: "parallel streams of the text",
  epochs: "passes over the text",
  maxLrEpoch: "epochs at the full learning rate",
  lrDecay: "factor on the learning rate for each epoch after those",
  keepProb: "share of units that dropout keeps, 1 for no dropout",
  lockedDropout: "drop the same units of a stream at all time steps of a batch",
  recurrentKeepProb: "share of recurrent weights that a step keeps, 1 for all",
  averaging:
    "average the weights over the last steps, over as many as the validation text likes best",
  sampledWords: "words that a step's softmax is computed over, besides its targets; 0 for all",
  clipNorm: "global norm that gradients are clipped to",
  minCount:
    "times that the text has a word of a model for others, or of one that goes on from another, at least",
  scrub:
    "with --shared: learn no mail or web addresses, telephone and account numbers (--no-scrub: learn them)",
  seed: "of the initial weights and of dropout",
};
