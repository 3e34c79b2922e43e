// kernels/micro-kernels: writes build/micro-kernels.ts, the innermost loops of gemm, as AssemblyScript. The loops
// around them, over blocks that fit the caches, are in assembly/gemm.
//
// A micro-kernel adds A·B to a tile of C, R rows × N columns held in registers. Rows of B and C are 64 bytes apart.
// One k per iteration and one local variable per accumulator: only then does V8 pair the 128-bit operations into AVX2
// and keep everything in its 16 registers (6 × 16 takes 12 for sums, 2 for B, 1 for A). Every tile adds up over k in
// the same order, so the result is the same to the bit whichever is used.

const LANES = 4;
const ROW_BYTES = 64;

// `Wide` is the faster where V8 pairs operations into AVX2, `Narrow` where it does not: there the wide one spills.
const TILES = { Wide: { maxRows: 6, columns: 16 }, Narrow: { maxRows: 4, columns: 8 } };

/**
 * AssemblyScript source of all micro-kernels, `gemm6x16`, `gemmTransA6x16`, … down to one row, and for each tile the
 * function that calls the one for a number of rows: `gemmWide`, `gemmTransANarrow`, …
 */
export function writeMicroKernels(): string {
  const functions = Object.entries(TILES).flatMap(([tile, { maxRows, columns }]) => {
    const sizes = Array.from({ length: maxRows }, (_, index) => index + 1);
    return [
      ...sizes.flatMap((rows) => [writeGemm(rows, columns), writeGemmTransA(rows, columns)]),
      writeDispatch(`gemm${tile}`, sizes, (rows) => `gemm${rows}x${columns}`, ["stride"]),
      writeDispatch(`gemmTransA${tile}`, sizes, (rows) => `gemmTransA${rows}x${columns}`, []),
    ];
  });
  return `// Written by kernels/micro-kernels.\n\n${functions.join("\n\n")}\n`;
}

function writeDispatch(
  name: string,
  sizes: number[],
  micro: (rows: number) => string,
  more: string[],
): string {
  const passed = ["c", "from", "a", "b", "K", ...more].join(", ");
  const parameters = ["c: usize", "from: usize", "a: usize", "b: usize", "K: i32", ...more.map((one) => `${one}: usize`)]; // prettier-ignore
  const cases = sizes.map((rows) => {
    const label = rows === sizes.at(-1) ? "default" : `case ${rows}`;
    return `    ${label}: return ${micro(rows)}(${passed});`;
  });
  return `export function ${name}(rows: i32, ${parameters.join(", ")}): void {
  switch (rows) {
${cases.join("\n")}
  }
}`;
}

// A's columns lie in panels of 16, `stride` bytes apart: element (r, k) at a + 64·r + 4·k within a panel.
function writeGemm(rows: number, columns: number): string {
  return `export function gemm${rows}x${columns}(c: usize, from: usize, a: usize, b: usize, K: i32, stride: usize): void {
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
function writeGemmTransA(rows: number, columns: number): string {
  return `export function gemmTransA${rows}x${columns}(c: usize, from: usize, a: usize, b: usize, K: i32): void {
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
  const step: string[] = [];
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
  const written: string[] = [];
  for (let r = 0; r < rows; r++) {
    for (let j = 0; j < columns / LANES; j++) {
      written.push(write(`s${r}_${j}`, ROW_BYTES * r + 16 * j));
    }
  }
  return written.join("\n");
}
