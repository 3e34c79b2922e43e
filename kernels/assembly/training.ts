// kernels/assembly/training: what the training engine's module exports. Many threads run it over one shared memory; the
// host lays the memory out and keeps the threads apart.

export { gemmTransA, gemm } from "./products";
export { maskPanels, sumSquares, transposePanels } from "./panels";
export { lstmCellForward, lstmCellBackward } from "./gates";
export { crossEntropy, logSoftmax } from "./cross-entropy";
export { scatterAdd, gatherEmbedding, gatherGradients, updateEmbedding } from "./embedding";
export { fillMask } from "./dropout";
export { averageWeights, transposeWeights, updateWeights } from "./update";
