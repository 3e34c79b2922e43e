// training/engines/wasm/gemm-chunks: a large matrix product, cut into chunks that threads take one by one.
//
// A chunk is a block of the result over all of K, and a sum of squares is that of one panel within a chunk's rows, whose
// number does not depend on the threads. So results are the same to the bit for any number of threads.

import type { TrainingKernels } from "#kernels/training-kernels";

// A chunk reads its operands from beyond the second-level cache once, so larger chunks use what they read more often.
// With K in blocks (assembly/gemm), 352 rows of A and 22 panels of C stay in 1 MiB.
const CHUNK_ROWS = 352;
const CHUNK_PANELS = 22;
const MIN_CHUNKS_PER_THREAD = 2; // so that threads finish at about the same time

/** C[rows, 16·panels] = A·B or Aᵀ·B, summed over K. */
export interface ProductShape {
  transA: boolean;
  c: number;
  cStride: number;
  a: number;
  aStride: number;
  b: number;
  bStride: number;
  rows: number;
  panels: number;
  K: number;
}

export interface Product extends ProductShape {
  mask: number; // multiplied into the result; 0 for none
  maskStride: number;
  chunkRows: number; // a multiple of 16
  chunkPanels: number;
  chunksAcross: number;
  chunks: number;
  squares: number; // f64 [chunks down, panels], Σ squares of the result; 0 for none wanted
}

/** Cuts a product into chunks for that many threads. */
export function cutProduct(shape: ProductShape, threads: number): Product {
  const chunkRows = 16 * Math.ceil(shape.rows / Math.ceil(shape.rows / CHUNK_ROWS) / 16);
  const chunksDown = Math.ceil(shape.rows / chunkRows);
  const minAcross = Math.ceil(
    Math.max((MIN_CHUNKS_PER_THREAD * threads) / chunksDown, shape.panels / CHUNK_PANELS),
  );
  const chunkPanels = Math.ceil(shape.panels / minAcross);
  const chunksAcross = Math.ceil(shape.panels / chunkPanels);
  const chunks = chunksDown * chunksAcross;
  const cut = { chunkRows, chunkPanels, chunksAcross, chunks };
  return { ...shape, ...cut, mask: 0, maskStride: 0, squares: 0 };
}

/** Into how many chunks that many rows are cut, at most. */
export function mostChunksDown(rows: number): number {
  return Math.ceil(rows / CHUNK_ROWS);
}

/** How many sums of squares the chunks of a product write. */
export function countSquares({ rows, panels, chunkRows }: Product): number {
  return Math.ceil(rows / chunkRows) * panels;
}

/**
 * Computes one chunk.
 * @param memory the shared memory as float64
 * @param wide the 6 × 16 micro-kernel, else 4 × 8
 */
export function runChunk(
  kernels: TrainingKernels,
  memory: Float64Array,
  wide: boolean,
  product: Product,
  chunk: number,
): void {
  const { cStride, aStride, bStride, maskStride, K } = product;
  const down = Math.floor(chunk / product.chunksAcross);
  const row = down * product.chunkRows;
  const panel = (chunk % product.chunksAcross) * product.chunkPanels;
  const rows = Math.min(product.chunkRows, product.rows - row);
  const panels = Math.min(product.chunkPanels, product.panels - panel);
  const c = product.c + panel * cStride + row * 64;
  const b = product.b + panel * bStride;
  if (product.transA) {
    const a = product.a + (row / 16) * aStride;
    kernels.gemmTransA(c, cStride, a, aStride, b, bStride, rows, panels, K, false, wide);
  } else {
    const a = product.a + row * 64;
    kernels.gemm(c, cStride, a, aStride, b, bStride, rows, panels, K, false, wide);
  }
  if (product.mask > 0) {
    const mask = product.mask + panel * maskStride + row * 64;
    kernels.maskPanels(c, cStride, c, cStride, mask, maskStride, rows, panels);
  }
  if (product.squares > 0) {
    const at = product.squares / 8 + down * product.panels + panel;
    for (let p = 0; p < panels; p++) {
      memory[at + p] = kernels.sumSquares(c + p * cStride, cStride, rows, 1);
    }
  }
}
