// kernels/micro-kernels: writes build/tiles.ts, the innermost loops of every matrix product, as AssemblyScript. What
// surrounds them is in assembly/products.
//
// A tile adds A·B to R rows × N columns that it holds in registers. Rows of B and C are 64 bytes apart. One step of k a
// turn and every sum a local variable: only so does V8 pair the 128-bit operations into AVX2 and spill nothing
// (6 × 16 needs 12 sums, 2 of B and 1 of A). Sums run over k in order whatever the tile, so all tiles agree to the bit.

const LANES = 4;
const ROW_BYTES = 64;

/** The two shapes: `wide` where V8 pairs operations, `narrow` where 16 registers are all there is. */
export const TILES = { wide: { rows: 6, columns: 16 }, narrow: { rows: 4, columns: 8 } };

/** AssemblyScript source of all tiles: `along6x16`, `across6x16`, … down to one row, for both shapes. */
export function writeTiles(): string {
  const functions = Object.values(TILES).flatMap(({ rows: most, columns }) =>
    Array.from({ length: most }, (_, index) => index + 1).flatMap((rows) => [
      writeAlong(rows, columns),
      writeAcross(rows, columns),
    ]),
  );
  return `// Written by kernels/micro-kernels.\n\n${functions.join("\n\n")}\n`;
}

// A's columns lie in panels of 16, `stride` bytes apart: element (r, k) at a + 64·r + 4·k within a panel.
function writeAlong(rows: number, columns: number): string {
  return `export function along${rows}x${columns}(c: usize, from: usize, a: usize, b: usize, K: i32, stride: usize): void {
${writeSums(rows, columns)}
  while (K > 0) {
    const end = b + (min(K, 16) << 6);
    K -= 16;
    for (; b < end; b += ${ROW_BYTES}) {
${writeStep(rows, columns, ROW_BYTES)}
      a += 4;
    }
    a += stride - 64;
  }
${writeStores(rows, columns)}
}`;
}

// A's transpose lies in panels: element (r, k) at a + 4·r + 64·k.
function writeAcross(rows: number, columns: number): string {
  return `export function across${rows}x${columns}(c: usize, from: usize, a: usize, b: usize, K: i32): void {
${writeSums(rows, columns)}
  for (const end = b + (K << 6); b < end; b += ${ROW_BYTES}) {
${writeStep(rows, columns, 4)}
    a += ${ROW_BYTES};
  }
${writeStores(rows, columns)}
}`;
}

function writeSums(rows: number, columns: number): string {
  return lines(rows, columns, (sum, offset) => `  let ${sum} = v128.load(from, ${offset});`);
}

function writeStores(rows: number, columns: number): string {
  return lines(rows, columns, (sum, offset) => `  v128.store(c, ${sum}, ${offset});`);
}

function writeStep(rows: number, columns: number, rowBytes: number): string {
  const step = [];
  for (let j = 0; j < columns / LANES; j++) step.push(`const b${j} = v128.load(b, ${16 * j});`);
  for (let r = 0; r < rows; r++) {
    step.push(`const a${r} = v128.load32_splat(a, ${rowBytes * r});`);
    for (let j = 0; j < columns / LANES; j++) {
      step.push(`s${r}_${j} = f32x4.relaxed_madd(a${r}, b${j}, s${r}_${j});`);
    }
  }
  return step.map((line) => `      ${line}`).join("\n");
}

function lines(rows: number, columns: number, write: (sum: string, offset: number) => string) {
  const written = [];
  for (let r = 0; r < rows; r++) {
    for (let j = 0; j < columns / LANES; j++) {
      written.push(write(`s${r}_${j}`, ROW_BYTES * r + 16 * j));
    }
  }
  return written.join("\n");
}
