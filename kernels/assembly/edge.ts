// kernels/assembly/edge: what the edge's module exports. The host lays out the memory.

export { hasNativeDot } from "./dot";
export { compareOutputs, gatherRows, multiplyRows } from "./rows";
export { quantiseEmbedding, quantiseOutput } from "./quantise";
export { stepCell } from "./cell";
export { softmaxTopK, exponentials, largestOf, multiplyAll } from "./softmax-topk";
