// The training kernels against their plain TypeScript reference at awkward sizes. Whole steps are in
// training/wasm-engine.test.

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { instantiateEdgeKernels } from "#kernels/edge-kernels";
import { philox } from "#kernels/philox";
import { maskOf } from "#kernels/reference/dropout-masks";
import { logSoftmax } from "#kernels/reference/training";
import { compileTrainingModule, instantiateTrainingKernels } from "#kernels/training-kernels";

const PRODUCT_TOLERANCE = 1e-6; // of Σ |a|·|b|
const LOSS_TOLERANCE = 1e-6; // relative, and of the largest gradient
const EXP_BOUND = 1e-7; // relative, as assembly/activations states
const SIGMOID_BOUND = 2e-7;
const TANH_BOUND = 3e-7;
const SQUARES_TOLERANCE = 1e-6; // relative

const PAGES = 64;
const FIRST_BYTE = 65_536;
const memory = new WebAssembly.Memory({ initial: PAGES, maximum: PAGES, shared: true });
const kernels = instantiateTrainingKernels(compileTrainingModule(), memory);
const floats = new Float32Array(memory.buffer);
const integers = new Int32Array(memory.buffer);

let end = FIRST_BYTE;

/** A matrix in panels of 16 columns, filled with seeded numbers or zeros. */
class Panels {
  readonly at: number;
  readonly stride: number;
  constructor(rows: number, columns: number, fill: () => number = () => 0) {
    this.stride = (rows + 2) * 64;
    this.at = end;
    end += Math.ceil(columns / 16) * this.stride + 1_024;
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) this.set(row, column, fill());
    }
  }
  private index(row: number, column: number): number {
    return (this.at + (column >> 4) * this.stride) / 4 + row * 16 + (column & 15);
  }
  get(row: number, column: number): number {
    return floats[this.index(row, column)]!;
  }
  set(row: number, column: number, value: number): void {
    floats[this.index(row, column)] = value;
  }
}

function freshMemory(): () => number {
  floats.fill(0, FIRST_BYTE / 4); // below it lie the constants of the module
  end = FIRST_BYTE;
  let state = 17;
  return () => (state = (state * 48_271) % 2_147_483_647) / 1_073_741_823.5 - 1;
}

describe.each([
  [1, 1, 1],
  [3, 16, 5],
  [6, 17, 16],
  [7, 33, 17],
  [16, 16, 300],
  [20, 40, 33],
  [33, 16, 770],
])("a product of %i rows, %i columns and K = %i", (rows, columns, K) => {
  for (const form of ["gemm", "gemmTransA"] as const) {
    for (const add of [false, true]) {
      it(`${form} is exact to float32 and the same to the bit in both tiles${add ? ", added to C" : ""}`, () => {
        const random = freshMemory();
        const panels = Math.ceil(columns / 16);
        const a = form === "gemm" ? new Panels(rows, K, random) : new Panels(K, rows, random);
        const b = new Panels(K, 16 * panels, random);
        const start = new Panels(rows, 16 * panels, random);
        const [wide, narrow] = [true, false].map((wide) => {
          const c = new Panels(rows, 16 * panels);
          for (let row = 0; row < rows; row++) {
            for (let column = 0; column < 16 * panels; column++) {
              c.set(row, column, start.get(row, column));
            }
          }
          const multiply = kernels[form];
          multiply(c.at, c.stride, a.at, a.stride, b.at, b.stride, rows, panels, K, add, wide);
          return c;
        });
        for (let row = 0; row < rows; row++) {
          for (let column = 0; column < columns; column++) {
            let sum = add ? start.get(row, column) : 0;
            let size = Math.abs(sum);
            for (let k = 0; k < K; k++) {
              const product = (form === "gemm" ? a.get(row, k) : a.get(k, row)) * b.get(k, column);
              sum += product;
              size += Math.abs(product);
            }
            const error = Math.abs(wide!.get(row, column) - sum) / size;
            if (!(error < PRODUCT_TOLERANCE)) expect(error).toBeLessThan(PRODUCT_TOLERANCE);
            if (wide!.get(row, column) !== narrow!.get(row, column)) {
              expect(narrow!.get(row, column)).toBe(wide!.get(row, column));
            }
          }
        }
      });
    }
  }
});

describe("panels", () => {
  it("transposes a matrix of several blocks", () => {
    const random = freshMemory();
    const matrix = new Panels(32, 48, random);
    const out = new Panels(48, 32);
    kernels.transposePanels(out.at, out.stride, matrix.at, matrix.stride, 32, 3);
    for (let row = 0; row < 32; row++) {
      for (let column = 0; column < 48; column++) {
        expect(out.get(column, row)).toBe(matrix.get(row, column));
      }
    }
  });

  it.each([1, 4, 17, 20])("transposes %i weight rows and writes nothing beside them", (rows) => {
    const random = freshMemory();
    const weight = new Panels(rows, 16, random);
    const out = new Panels(16, 32);
    kernels.transposeWeights(out.at, out.stride, weight.at, rows);
    for (let column = 0; column < 16; column++) {
      for (let row = 0; row < 32; row++) {
        expect(out.get(column, row)).toBe(row < rows ? weight.get(row, column) : 0);
      }
    }
  });

  it("sums the squares of a matrix", () => {
    const random = freshMemory();
    const matrix = new Panels(35, 32, random);
    let expected = 0;
    for (let row = 0; row < 35; row++) {
      for (let column = 0; column < 32; column++) expected += matrix.get(row, column) ** 2;
    }
    const squares = kernels.sumSquares(matrix.at, matrix.stride, 35, 2);
    expect(Math.abs(squares / expected - 1)).toBeLessThan(SQUARES_TOLERANCE);
  });
});

describe.each([
  [7, 1],
  [7, 16],
  [33, 3],
  [130, 13],
])("the softmax of %i words for %i tokens", (V, tokens) => {
  const scale = 1 / 3;

  function drawLogits() {
    const random = freshMemory();
    const logits = new Panels(V, 16, () => 8 * random());
    const columns = Array.from({ length: tokens }, (_, token) =>
      logSoftmax(Float64Array.from({ length: V }, (_, v) => logits.get(v, token))),
    );
    const scratch = end;
    end += 192;
    return { logits, columns, scratch };
  }

  it("has the reference's losses and gradients", () => {
    const { logits, columns, scratch } = drawLogits();
    const losses = end;
    const targets = end + 64;
    columns.forEach((_, token) => (integers[targets / 4 + token] = (token * 5) % V));
    kernels.crossEntropy(logits.at, losses, targets, tokens, V, scale, scratch);
    columns.forEach((column, token) => {
      const target = (token * 5) % V;
      const loss = floats[losses / 4 + token]!;
      expect(Math.abs(loss + column[target]!)).toBeLessThan(LOSS_TOLERANCE * 16);
      for (let v = 0; v < V; v++) {
        const gradient = scale * (Math.exp(column[v]!) - (v === target ? 1 : 0));
        expect(Math.abs(logits.get(v, token) - gradient)).toBeLessThan(LOSS_TOLERANCE);
      }
    });
  });

  it("over a sample counts a token's own target once, and the targets of others not at all", () => {
    const sampled = V - 3;
    const { logits, scratch } = drawLogits(); // their sampled columns are those of gatherWords
    const [losses, targets, logProbabilities] = [scratch + 192, scratch + 256, scratch + 320];
    for (let v = 0; v < sampled; v++) floats[logProbabilities / 4 + v] = -v / V;
    const rows = Array.from({ length: tokens }, (_, token) => {
      const target = (token * 5) % V;
      integers[targets / 4 + token] = target;
      return logSoftmax(
        Float64Array.from({ length: V }, (_, v) => {
          if (v === target) return logits.get(v, token) + floats[logProbabilities / 4 + v]!;
          return v < sampled ? logits.get(v, token) : -Infinity;
        }),
      );
    });
    kernels.sampledCrossEntropy(
      logits.at, losses, targets, tokens, sampled, V, logProbabilities, scale, scratch,
    ); // prettier-ignore
    rows.forEach((row, token) => {
      const target = (token * 5) % V;
      expect(Math.abs(floats[losses / 4 + token]! + row[target]!)).toBeLessThan(LOSS_TOLERANCE * 16); // prettier-ignore
      for (let v = 0; v < V; v++) {
        const gradient = logits.get(v, token);
        const expected = scale * (Math.exp(row[v]!) - (v === target ? 1 : 0));
        if (row[v] === -Infinity) expect(gradient).toBe(0);
        else expect(Math.abs(gradient - expected)).toBeLessThan(LOSS_TOLERANCE);
      }
    });
  });

  it("has the reference's log-probabilities, a row for each token", () => {
    const { logits, columns, scratch } = drawLogits();
    kernels.logSoftmax(end, logits.at, tokens, V, scratch);
    columns.forEach((column, token) => {
      for (let v = 0; v < V; v++) {
        const value = floats[end / 4 + token * V + v]!;
        expect(Math.abs(value - column[v]!)).toBeLessThan(LOSS_TOLERANCE * 16);
      }
    });
  });
});

describe.each([3, 15, 16])("the words of a sample, %i units", (U) => {
  const V = 40;
  const words = [31, 0, 7, 39, 8];

  function drawWords() {
    const random = freshMemory();
    const softmax = new Panels(V, U + 1, random);
    const step = new Panels(words.length, U + 1, random);
    const ids = end;
    words.forEach((id, row) => (integers[ids / 4 + row] = id));
    return { softmax, step, ids };
  }

  it("are copied together, with biases less the logarithm of their probability", () => {
    const { softmax, step, ids } = drawWords();
    const before = step.get(0, 0);
    const logProbabilities = ids + 64;
    words.forEach((_, row) => (floats[logProbabilities / 4 + row] = -row / 8));
    kernels.gatherWords(
      step.at, step.stride, softmax.at, softmax.stride, ids, logProbabilities, 1, words.length, U,
    ); // prettier-ignore
    expect(step.get(0, 0)).toBe(before);
    for (let row = 1; row < words.length; row++) {
      for (let unit = 0; unit < U; unit++) {
        expect(step.get(row, unit)).toBe(softmax.get(words[row]!, unit));
      }
      expect(step.get(row, U)).toBe(Math.fround(softmax.get(words[row]!, U) + row / 8));
    }
  });

  it("take their step of SGD where they came from", () => {
    const { softmax, step, ids } = drawWords();
    const rows = () => Array.from({ length: V }, (_, v) => Array.from({ length: U + 1 }, (_, unit) => softmax.get(v, unit))); // prettier-ignore
    const before = rows();
    const panels = Math.ceil((U + 1) / 16);
    kernels.updateWords(
      softmax.at, softmax.stride, step.at, step.stride, ids, 1, words.length, panels, 0.5,
    ); // prettier-ignore
    rows().forEach((row, v) => {
      const at = words.indexOf(v);
      const expected = before[v]!.map((w, unit) =>
        at < 1 ? w : Math.fround(w - Math.fround(0.5 * step.get(at, unit))),
      );
      expect(row).toEqual(expected);
    });
  });
});

describe("activations", () => {
  // gates i and j of a unit come back as σ and tanh
  function activate(values: number[]): { sigmoid: number; tanh: number }[] {
    freshMemory();
    const gates = new Panels(values.length, 16);
    values.forEach((value, row) => {
      gates.set(row, 0, value);
      gates.set(row, 4, value);
    });
    const rows = values.length;
    const state = new Panels(rows, 16);
    const { at, stride } = state;
    kernels.lstmCellForward(gates.at, gates.stride, at, at, at, stride, 0, 0, 0, rows, 0, 1, 0);
    return values.map((_, row) => ({ sigmoid: gates.get(row, 0), tanh: gates.get(row, 4) }));
  }

  it.each([1e-6, 1e-3, 0.1, 1, 12, 80])(
    "σ and tanh stay within their error bounds up to ±%d",
    (limit) => {
      const x = Array.from({ length: 4_001 }, (_, i) => Math.fround((limit * (i - 2_000)) / 2_000));
      const results = activate(x);
      x.forEach((value, i) => {
        const { sigmoid, tanh } = results[i]!;
        expect(relative(sigmoid, 1 / (1 + Math.exp(-value)))).toBeLessThan(SIGMOID_BOUND);
        expect(relative(tanh, Math.tanh(value))).toBeLessThan(TANH_BOUND);
      });
    },
  );

  it("exp stays within its error bound from −87 to 88", () => {
    const module = new WebAssembly.Module(
      readFileSync(new URL("../../kernels/build/edge.wasm", import.meta.url)),
    );
    const memory = new WebAssembly.Memory({ initial: 16 });
    const numbers = new Float32Array(memory.buffer, 65_536, 17_504);
    numbers.forEach((_, i) => (numbers[i] = -87 + i / 100));
    const x = Float32Array.from(numbers);
    const edge = instantiateEdgeKernels(module, memory);
    edge.exponentials(65_536, 65_536, numbers.length, 0);
    let worst = 0;
    x.forEach((value, i) => {
      if (value <= 88) worst = Math.max(worst, relative(numbers[i]!, Math.exp(value)));
    });
    expect(worst).toBeLessThan(EXP_BOUND);
  });

  it("return NaN for NaN", () => {
    expect(activate([NaN])).toEqual([{ sigmoid: NaN, tanh: NaN }]);
  });
});

describe("random numbers", () => {
  // known answers that come with Random123
  it.each([
    [
      [0, 0, 0, 0],
      [0, 0],
      [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
    ],
    [
      [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
      [0xffffffff, 0xffffffff],
      [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
    ],
    [
      [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      [0xa4093822, 0x299f31d0],
      [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
    ],
  ] as const)("are Philox's for counter %j and key %j", (counter, key, words) => {
    expect(philox([...counter], key)).toEqual(words);
  });

  it("give the same dropout mask in the kernel and in the reference", () => {
    freshMemory();
    const [rows, units, keep, seed, step, site] = [5, 37, 0.35, 4_000_000_000, 70_000, 2];
    const mask = new Panels(rows, 48);
    kernels.fillMask(mask.at, mask.stride, rows, 0, 3, keep, seed, step, site);
    let kept = 0;
    for (let token = 0; token < rows; token++) {
      for (let unit = 0; unit < units; unit++) {
        const expected = maskOf({ seed, step, site }, token, unit, keep);
        expect(mask.get(token, unit)).toBe(Math.fround(expected));
        if (expected > 0) kept++;
      }
    }
    expect(kept / (rows * units)).toBeCloseTo(keep, 1);
  });
});

function relative(actual: number, expected: number): number {
  return expected === 0 ? Math.abs(actual) : Math.abs(actual - expected) / Math.abs(expected);
}
