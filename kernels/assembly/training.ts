// kernels/assembly/training: the exports of the float32 training module. Many threads run it over one shared memory; the
// host lays the memory out and synchronises the threads.

export { gemm, gemmTransA } from "./gemm";
export { maskPanels, sumSquares, transposePanels } from "./panels";
export { lstmCellForward, lstmCellBackward } from "./gates";
export { crossEntropy, logSoftmax } from "./cross-entropy";
export { gatherWords, sampledCrossEntropy, updateWords } from "./sampled-softmax";
export { gatherEmbedding, gatherGradients, scatterAdd } from "./embedding";
export { fillMask } from "./dropout";
export { averageWeights, transposeWeights, updateWeights } from "./update";
