// kernels/assembly/edge: the exports of the int8 inference module. The host lays out the memory.

export { hasNativeDot } from "./dot";
export { compareOutputs } from "./compare-outputs";
export { gatherRows, multiplyRows } from "./rows";
export { quantiseEmbedding, quantiseOutput, quantiseScaled } from "./quantise";
export { stepCell } from "./cell";
export { softmaxTopK, exponentials, largestOf, multiplyAll } from "./softmax-topk";
