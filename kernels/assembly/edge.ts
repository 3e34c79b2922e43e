// kernels/assembly/edge: what the edge's module exports. The host lays out the memory.

export { dotsInOne } from "./dot";
export { gatherRows, multiplyRows, quantiseEmbedding, quantiseOutput } from "./rows";
export { stepCell } from "./cell";
export { chooseLargest, exponentials, largestOf, multiplyAll } from "./choose";
