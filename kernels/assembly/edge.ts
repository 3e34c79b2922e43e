// kernels/assembly/edge: what the edge's module exports. The host lays out the memory.

export { dotsInOne } from "./dot";
export { compareOutputs, gatherRows, multiplyRows } from "./rows";
export { quantiseEmbedding, quantiseOutput } from "./quantise";
export { stepCell } from "./cell";
export { chooseLargest, exponentials, largestOf, multiplyAll } from "./choose";
