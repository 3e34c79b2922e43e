// kernels/assembly/edge: what the edge's module exports. One token at a time; the host lays out the memory.

export { gatherRows, multiplyRows, quantiseEmbedding, quantiseOutput } from "./rows";
export { stepCell } from "./cell";
export { chooseLargest, exponentials, largestOf, multiplyAll } from "./choose";
