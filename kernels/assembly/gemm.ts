// kernels/assembly/gemm: matrix products C = A·B and C = Aᵀ·B, blocked for the caches; C += with `add`. The innermost
// loops are the micro-kernels (kernels/micro-kernels).
//
// Every matrix lies in panels: 16 columns side by side, 64 bytes a row, panels `…Stride` bytes apart. This is the packed
// layout that a gemm usually copies its operands to first; here all three products of training read it directly.
// Pointers and strides are multiples of 64. The rows of one call should fit the second-level cache together with K: the
// host cuts larger products into such calls.

import { gemmNarrow, gemmTransANarrow, gemmTransAWide, gemmWide } from "../build/micro-kernels";

// Steps of k in a block: a block of B's panel and the rows of A for one tile fit the first-level cache. A transposed
// has 16 rows in a panel, whichever of them the tile uses, so its blocks are shorter.
const BLOCK_K: i32 = 384;
const BLOCK_K_TRANS_A: i32 = 256;
const ZEROS = memory.data(384, 64); // a 6 × 16 tile of zeros, for C = instead of C +=

/** C[rows, 16·panels] = A[rows, K] · B[K, 16·panels] */
export function gemm(
  c: usize,
  cStride: usize,
  a: usize,
  aStride: usize,
  b: usize,
  bStride: usize,
  rows: i32,
  panels: i32,
  K: i32,
  add: bool,
  wide: bool, // the 6 × 16 micro-kernel, else 4 × 8
): void {
  // blocks of equal size, whole panels of A
  const block = divideUp(divideUp(K, divideUp(K, BLOCK_K)), 16) << 4;
  for (let k = 0; k < K; k += block) {
    const depth = min(block, K - k);
    const more = add || k > 0;
    const aBlock = a + (k >> 4) * aStride;
    prefetchRows(aBlock, aStride, divideUp(depth, 16), rows);
    for (let panel = 0; panel < panels; panel++) {
      const bBlock = b + panel * bStride + (k << 6);
      const cPanel = c + panel * cStride;
      if (wide) {
        const tiles = divideUp(rows, 6);
        let row = 0;
        for (let tile = 0; tile < tiles; tile++) {
          const count = evenShare(rows, tiles, tile);
          const to = cPanel + (row << 6);
          gemmWide(count, to, more ? to : ZEROS, aBlock + (row << 6), bBlock, depth, aStride);
          row += count;
        }
      } else {
        const tiles = divideUp(rows, 4);
        let row = 0;
        for (let tile = 0; tile < tiles; tile++) {
          const count = evenShare(rows, tiles, tile);
          const to = cPanel + (row << 6);
          const from = aBlock + (row << 6);
          gemmNarrow(count, to, more ? to : ZEROS, from, bBlock, depth, aStride);
          gemmNarrow(count, to + 32, more ? to + 32 : ZEROS, from, bBlock + 32, depth, aStride);
          row += count;
        }
      }
    }
  }
}

/** C[rows, 16·panels] = A[K, rows]ᵀ · B[K, 16·panels] */
export function gemmTransA(
  c: usize,
  cStride: usize,
  a: usize,
  aStride: usize,
  b: usize,
  bStride: usize,
  rows: i32,
  panels: i32,
  K: i32,
  add: bool,
  wide: bool, // the 6 × 16 micro-kernel, else 4 × 8
): void {
  const block = divideUp(K, divideUp(K, BLOCK_K_TRANS_A));
  for (let k = 0; k < K; k += block) {
    const depth = min(block, K - k);
    const more = add || k > 0;
    prefetchRows(a + (k << 6), aStride, divideUp(rows, 16), depth);
    for (let panel = 0; panel < panels; panel++) {
      const bBlock = b + panel * bStride + (k << 6);
      // tiles never straddle A's panels: 16 = 6 + 5 + 5 or 4 + 4 + 4 + 4
      for (let first = 0; first < rows; first += 16) {
        const aPanel = a + (first >> 4) * aStride + (k << 6);
        const cPanel = c + panel * cStride + (first << 6);
        const columns = min(16, rows - first);
        const tiles = divideUp(columns, wide ? 6 : 4);
        let row = 0;
        for (let tile = 0; tile < tiles; tile++) {
          const count = evenShare(columns, tiles, tile);
          const to = cPanel + (row << 6);
          const from = aPanel + (row << 2);
          if (wide) {
            gemmTransAWide(count, to, more ? to : ZEROS, from, bBlock, depth);
          } else {
            gemmTransANarrow(count, to, more ? to : ZEROS, from, bBlock, depth);
            gemmTransANarrow(count, to + 32, more ? to + 32 : ZEROS, from, bBlock + 32, depth);
          }
          row += count;
        }
      }
    }
  }
}

// Loads one byte of every cache line of a block of A, in order, which runs at the memory's full speed and leaves the
// block in the second-level cache. The tiles' own scattered reads would wait for memory.
function prefetchRows(at: usize, stride: usize, panels: i32, rows: i32): void {
  for (let panel = 0; panel < panels; panel++) {
    let line = at + panel * stride;
    for (const end = line + (rows << 6); line < end; line += 64) load<u8>(line);
  }
}

function divideUp(n: i32, by: i32): i32 {
  return <i32>(<u32>(n + by - 1) / <u32>by);
}

// 20 rows in 4 tiles are 5, 5, 5, 5 and not 6, 6, 6, 2: a tile of two rows leaves multipliers idle.
function evenShare(rows: i32, tiles: i32, tile: i32): i32 {
  return <i32>(<u32>rows / <u32>tiles) + i32(tile < <i32>(<u32>rows % <u32>tiles));
}
