// tooling/retired-words: words of earlier versions of this project, and the field's standard term for each. spelling
// keeps them from coming back; ARCHITECTURE.md has the glossary of the terms in use.

/** Retired in code, comments and texts alike; upper and lower case make no difference. */
export const RETIRED_EVERYWHERE: Record<string, string> = {
  heed: "eligible",
  heeded: "eligible",
  foresee: "pendingStep",
  woven: "interleaved",
  unlearned: "excludedRanges",
  unrecovered: "decay",
  likeliest: "topK",
  markOffered: "buildSuggestionMask",
  formOpinion: "mixCache",
  holdBack: "suppress",
  readTogether: "enqueue",
  readAhead: "prefetch",
  settledEnd: "stableEnd",
  recallWords: "rebuildRecentWords",
  chooseLargest: "topK",
  takeLogSum: "logSumExp",
  scoreSome: "computeLogits",
  normaliseBy: "SoftmaxStats",
  multiplyAlong: "gemm",
  multiplyAcross: "gemmTransA",
  stepGates: "lstmCellForward",
  stepGatesBack: "lstmCellBackward",
  inOne: "NativeDot",
  inThree: "EmulatedDot",
  dotsInOne: "hasNativeDot",
  packRows: "interleaveRows",
  touchRows: "prefetchRows",
  chainRepeats: "linkDuplicates",
  addToTable: "scatterAdd",
  workbench: "ThreadContext",
  runKeeper: "CheckpointManager",
  judgeRelease: "checkGate",
  lostRaceError: "ConflictError",
  answerOf: "CommandResult, or withAwsErrors",
  resultOf: "unwrap",
  sentencesOf: "formatIssues",
  "config-sentences": "config/errors",
  lateWatch: "JobWatchdog",
  makeRoom: "evictUntilFits",
  keepProbability: "keepProb",
  recurrentKeepProbability: "recurrentKeepProb",
  "own words": "user words",
  "on trial": "speculation",
  "a look": "refresh",
  "what 1 is worth": "scale",
  "has too much": "zero-point correction",
};

/** A retired identifier: the term in its place, and where it had the retired meaning; everywhere if `rooms` is absent. */
export interface RetiredIdentifier {
  use: string;
  rooms?: readonly string[];
}

const PRODUCT = [
  "model",
  "kernels",
  "inference",
  "training",
  "registry",
  "edge",
  "client",
  "job",
  "config",
  "infra",
  "ops",
  "cli",
  "bench",
];

/** Retired as identifiers, exactly as spelled here: prose needs these words, and other rooms have other uses for some. */
export const RETIRED_IDENTIFIERS: Record<string, RetiredIdentifier> = {
  together: { use: "MicroBatcher, or batch" },
  opinion: { use: "CacheMixture" },
  everybody: { use: "pending" },
  least: {
    use: "min",
    rooms: ["model", "inference", "registry", "edge", "job", "config", "infra", "ops", "cli"],
  },
  most: {
    use: "max",
    rooms: ["model", "inference", "registry", "edge", "job", "config", "infra", "ops", "cli"],
  },
  whole: { use: "integer", rooms: ["config", "infra", "ops", "cli", "job", "edge"] },
  Waiting: { use: "Pending", rooms: ["inference"] },
  Point: { use: "StateSnapshot", rooms: ["inference", "edge"] },
  Passage: { use: "TextCursor" },
  settle: { use: "resolve", rooms: PRODUCT },
  settled: { use: "stableTokens", rooms: ["model", "inference", "edge"] },
  tried: { use: "speculation", rooms: ["inference"] },
  essential: { use: "toStored", rooms: ["inference", "edge"] },
  unread: { use: "invalidateStates", rooms: ["inference", "edge"] },
  thin: { use: "pruneSnapshots", rooms: ["inference"] },
  offered: { use: "suggestible", rooms: ["model", "kernels", "inference", "training", "edge"] },
  offer: { use: "setMask", rooms: ["kernels", "inference", "training"] },
  Choice: { use: "Candidate", rooms: ["kernels", "inference", "training", "edge"] },
  Normaliser: { use: "SoftmaxStats" },
  Crew: { use: "WorkerPool" },
  Team: { use: "ThreadGroup" },
  FIGURES: { use: "SHARED_SCALARS" },
  PARTS: { use: "PHASES", rooms: ["training"] },
  meet: { use: "barrier", rooms: ["training"] },
  claim: { use: "nextChunk", rooms: ["training"] },
  charge: { use: "recordTime", rooms: ["training"] },
  enter: { use: "beginPhase", rooms: ["training"] },
  leads: { use: "firstOccurrence", rooms: ["kernels", "training"] },
  Measures: { use: "MetricsAccumulator" },
  luck: { use: "u" },
  drawable: { use: "samplingMask" },
  standing: { use: "incumbent", rooms: ["registry", "cli"] },
  held: { use: "incumbent", rooms: ["registry", "cli"] },
  says: { use: "message", rooms: ["registry", "ops", "cli"] },
  notes: { use: "extra", rooms: ["registry"] },
  since: { use: "expected", rooms: ["registry"] },
  receipts: { use: "RunCost", rooms: ["job", "ops", "cli"] },
  Meter: { use: "CostTracker", rooms: ["job"] },
  what: { use: "item", rooms: ["job", "ops", "cli"] },
  Look: { use: "Describe", rooms: ["infra"] },
  Tell: { use: "Notify", rooms: ["infra"] },
  undelivered: { use: "deadLetterQueue", rooms: ["infra"] },
  form: { use: "upload", rooms: ["infra"] },
  guard: { use: "middleware", rooms: ["edge"] },
  checks: { use: "validation", rooms: ["edge"] },
  live: { use: "websocket", rooms: ["edge"] },
  Slot: { use: "ModelEntry", rooms: ["edge"] },
  learns: { use: "mayLearn", rooms: ["inference", "edge"] },
  recovery: { use: "decay", rooms: ["inference", "edge"] },
  Rejection: { use: "Suppression", rooms: ["inference", "edge"] },
};

/** Beginnings of constants' names: only MAX_ and MIN_ are used. */
export const RETIRED_PREFIXES: Record<string, string> = {
  MOST_: "MAX_",
  LEAST_: "MIN_",
  FEWEST_: "MIN_",
};

/** Files that have to name a retired word: the reader of files in which it still stands, its tests, and the spell check's. */
export const EXEMPT_FILES: Record<string, readonly string[]> = {
  keepProbability: [
    "model/hyper-parameters.ts",
    "test/cli/beginning.test.ts",
    "test/model/settings.test.ts",
    "test/cli/train-settings.test.ts",
  ],
  recurrentKeepProbability: [
    "model/hyper-parameters.ts",
    "test/model/settings.test.ts",
    "test/cli/train-settings.test.ts",
  ],
};
