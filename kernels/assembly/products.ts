// kernels/assembly/products: C = A·B and C = Aᵀ·B, blocked for the caches; C += with `add`. The innermost loops are
// build/tiles.
//
// Every matrix lies in panels: 16 columns side by side, 64 bytes a row, one panel after the other `…Stride` bytes apart.
// So each operand of the three products that training needs is read where it lies and nothing is ever repacked. Pointers
// and strides are multiples of 64. Rows of one call should fit the second-level cache together with K: the host cuts.

import {
  across1x16, across2x16, across3x16, across4x16, across5x16, across6x16,
  across1x8, across2x8, across3x8, across4x8,
  along1x16, along2x16, along3x16, along4x16, along5x16, along6x16,
  along1x8, along2x8, along3x8, along4x8,
} from "../build/tiles"; // prettier-ignore

// of k: a block of B's panel and a strip of A fit the first-level cache; across, the strip is a whole panel
const BLOCK_ALONG: i32 = 384;
const BLOCK_ACROSS: i32 = 256;
const ZEROS = memory.data(384, 64); // what a 6 × 16 tile starts from

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
  wide: bool,
): void {
  // blocks of equal size, whole panels of A
  const block = divideUp(divideUp(K, divideUp(K, BLOCK_ALONG)), 16) << 4;
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
          alongWide(count, to, more ? to : ZEROS, aBlock + (row << 6), bBlock, depth, aStride);
          row += count;
        }
      } else {
        const tiles = divideUp(rows, 4);
        let row = 0;
        for (let tile = 0; tile < tiles; tile++) {
          const count = evenShare(rows, tiles, tile);
          const to = cPanel + (row << 6);
          const from = aBlock + (row << 6);
          alongNarrow(count, to, more ? to : ZEROS, from, bBlock, depth, aStride);
          alongNarrow(count, to + 32, more ? to + 32 : ZEROS, from, bBlock + 32, depth, aStride);
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
  wide: bool,
): void {
  const block = divideUp(K, divideUp(K, BLOCK_ACROSS));
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
            acrossWide(count, to, more ? to : ZEROS, from, bBlock, depth);
          } else {
            acrossNarrow(count, to, more ? to : ZEROS, from, bBlock, depth);
            acrossNarrow(count, to + 32, more ? to + 32 : ZEROS, from, bBlock + 32, depth);
          }
          row += count;
        }
      }
    }
  }
}

// Loads one byte of every line of a block of A. Tiles read it a few lines at a time from many places, too slowly to
// fetch it from memory; in order it comes at full speed, and then the block stays in the second-level cache.
function prefetchRows(at: usize, stride: usize, panels: i32, rows: i32): void {
  for (let panel = 0; panel < panels; panel++) {
    let line = at + panel * stride;
    for (const end = line + (rows << 6); line < end; line += 64) load<u8>(line);
  }
}

function divideUp(n: i32, by: i32): i32 {
  return <i32>(<u32>(n + by - 1) / <u32>by);
}

// 20 rows in 4 tiles are 5, 5, 5, 5 and not 6, 6, 6, 2: short tiles keep the multipliers idle.
function evenShare(rows: i32, tiles: i32, tile: i32): i32 {
  return <i32>(<u32>rows / <u32>tiles) + i32(tile < <i32>(<u32>rows % <u32>tiles));
}

function alongWide(
  rows: i32,
  c: usize,
  from: usize,
  a: usize,
  b: usize,
  K: i32,
  stride: usize,
): void {
  switch (rows) {
    case 1: return along1x16(c, from, a, b, K, stride);
    case 2: return along2x16(c, from, a, b, K, stride);
    case 3: return along3x16(c, from, a, b, K, stride);
    case 4: return along4x16(c, from, a, b, K, stride);
    case 5: return along5x16(c, from, a, b, K, stride);
    default: return along6x16(c, from, a, b, K, stride);
  } // prettier-ignore
}

function alongNarrow(
  rows: i32,
  c: usize,
  from: usize,
  a: usize,
  b: usize,
  K: i32,
  stride: usize,
): void {
  switch (rows) {
    case 1: return along1x8(c, from, a, b, K, stride);
    case 2: return along2x8(c, from, a, b, K, stride);
    case 3: return along3x8(c, from, a, b, K, stride);
    default: return along4x8(c, from, a, b, K, stride);
  } // prettier-ignore
}

function acrossWide(rows: i32, c: usize, from: usize, a: usize, b: usize, K: i32): void {
  switch (rows) {
    case 1: return across1x16(c, from, a, b, K);
    case 2: return across2x16(c, from, a, b, K);
    case 3: return across3x16(c, from, a, b, K);
    case 4: return across4x16(c, from, a, b, K);
    case 5: return across5x16(c, from, a, b, K);
    default: return across6x16(c, from, a, b, K);
  } // prettier-ignore
}

function acrossNarrow(rows: i32, c: usize, from: usize, a: usize, b: usize, K: i32): void {
  switch (rows) {
    case 1: return across1x8(c, from, a, b, K);
    case 2: return across2x8(c, from, a, b, K);
    case 3: return across3x8(c, from, a, b, K);
    default: return across4x8(c, from, a, b, K);
  } // prettier-ignore
}
