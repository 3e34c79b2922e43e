// kernels/assembly/training: what the training engine's module exports. Many threads run it over one shared memory; the
// host lays the memory out and keeps the threads apart.

export { multiplyAcross, multiplyAlong } from "./products";
export { maskPanels, sumSquares, transposePanels } from "./panels";
export { stepGates, stepGatesBack } from "./gates";
export { crossEntropy, logSoftmax } from "./cross-entropy";
export { addToTable, gatherEmbedding, gatherGradients, updateEmbedding } from "./embedding";
export { fillMask } from "./dropout";
export { averageWeights, transposeWeights, updateWeights } from "./update";
