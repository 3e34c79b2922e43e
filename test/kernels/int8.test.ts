// The int8 kernels and their plain TypeScript reference, held to the same definitions at awkward sizes.

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { instantiateEdgeKernels } from "#kernels/edge-kernels";
import * as reference from "#kernels/reference/int8";
import type { Int8Rows } from "#kernels/reference/int8";
import { LARGEST_WEIGHT, interleaveRows } from "#model/quantisation";
import { seededRandom } from "../tiny-model.ts";

const MEMORY_PAGES = 32;
const FLOAT_TOLERANCE = 1e-6; // of exp, σ and tanh

const IMPLEMENTATIONS: [string, typeof reference][] = [
  ["reference", reference],
  ["wasm, native dot product", kernelsOverArrays({ nativeDot: true })],
  ["wasm, emulated dot product", kernelsOverArrays({ nativeDot: false })],
];

describe.each(IMPLEMENTATIONS)("int8 kernels, %s", (_, kernels) => {
  for (const [rows, K] of [
    [8, 16],
    [16, 48],
    [24, 64],
    [40, 80],
    [8, 128],
    [136, 656],
  ] as const) {
    for (const count of [1, 2, 3, 8]) {
      it(`multiplies ${rows} rows of ${K} by ${count} vectors exactly`, () => {
        const samples = Array.from({ length: count }, (_, n) => sample(rows, K, n));
        const { matrix } = samples[0]!;
        const vectors = samples.map(({ q }) => q);
        const steps = vectors.map((_, n) => (n + 1) / 63);
        const own = samples.map(({ start }) => start);
        const shared = vectors.map(() => own[0]!);
        for (const starts of [own, shared]) {
          kernels.multiplyRows(starts, matrix, vectors, steps).forEach((out, n) => {
            const expected = out.map((_, row) =>
              rowTimes(starts[n]!, matrix, vectors[n]!, row, steps[n]!),
            );
            expect(out).toEqual(expected);
          });
        }
      });
    }

    it(`multiplies listed rows of ${rows} of ${K}, repeats included`, () => {
      const { start, matrix, q } = sample(rows, K);
      const ids = Int32Array.of(rows - 1, 0, rows >> 1, 0);
      const out = kernels.gatherRows(ids, start, matrix, q, 1 / 63);
      expect([...out]).toEqual([...ids].map((id) => rowTimes(start, matrix, q, id, 1 / 63)));
    });
  }

  it("stays exact when every product has the largest magnitude", () => {
    const K = 8192;
    const q = new Uint8Array(K).fill(127);
    for (const weight of [-LARGEST_WEIGHT, LARGEST_WEIGHT]) {
      const matrix: Int8Rows = {
        weight: new Int8Array(8 * K).fill(weight),
        scale: new Float32Array(8).fill(1),
        zeroPointCorrection: new Int32Array(8),
      };
      const [out] = kernels.multiplyRows([new Float32Array(8)], matrix, [q], [1]);
      expect(out![0]).toBe(Math.fround(weight * 127 * K));
    }
  });

  it("quantises outputs in −1…1 to 0…127 and clamps to 7 bits", () => {
    const h = Float32Array.of(0, 1, -1, 0.5, -0.5, 1 / 126, 3 / 126, -1 / 126, 7, -7, NaN, 1e-9, 0.3, 0.31, 0.99, -0.99); // prettier-ignore
    expect([...kernels.quantiseOutput(h)]).toEqual(
      [64, 127, 1, 96, 32, 64, 66, 64, 127, 0, 64, 64, 83, 84, 126, 2], // prettier-ignore
    );
  });

  it("quantises numbers of any size by the largest of them", () => {
    for (const size of [1e-30, 0.02, 1, 500]) {
      const x = Float32Array.of(1, -1, 0.5, -0.5, 0, 0.25, 0.9, -0.9, 0.1, -0.1, 0.33, -0.33, 0.01, 0.7, -0.7, 0.6).map((value) => value * size); // prettier-ignore
      const { q, step } = kernels.quantiseScaled(x);
      expect(Math.abs(step * 63 - size)).toBeLessThan(size * FLOAT_TOLERANCE);
      expect([...q.subarray(0, 2)]).toEqual([127, 1]);
      q.forEach((value, k) => {
        expect(Math.abs((value - 64) * step - x[k]!)).toBeLessThan(0.5001 * step);
      });
    }
    const none = kernels.quantiseScaled(new Float32Array(32));
    expect(none).toEqual({ q: new Uint8Array(32).fill(64), step: 0 });
  });

  it("quantises an embedding's −63…63 to 1…127 in rows of any length", () => {
    const row = Int8Array.of(-63, -62, -3, -2, -1, 0, 1, 2, 3, 4, 61, 62, 63, 31, 32, -32);
    expect([...kernels.quantiseEmbedding(row)]).toEqual(
      [1, 2, 61, 62, 63, 64, 65, 66, 67, 68, 125, 126, 127, 95, 96, 32], // prettier-ignore
    );
    const long = Int8Array.from({ length: 144 }, (_, k) => (k % 127) - 63);
    expect([...kernels.quantiseEmbedding(long)]).toEqual(Array.from(long, (weight) => 64 + weight));
  });

  for (const P of [4, 8, 20]) {
    it(`updates ${P} LSTM cells from gates in the order i, j, f, o`, () => {
      const random = seededRandom(P);
      const c = Float32Array.from({ length: P }, () => 4 * random() - 2);
      const gates = Float32Array.from({ length: 4 * P }, () => 20 * random() - 10);
      const next = kernels.stepCell(c, gates);
      for (let u = 0; u < P; u++) {
        const [i, j, f, o] = [0, 1, 2, 3].map((gate) => gates[gate * P + u]!) as Four;
        const cell = c[u]! / (1 + Math.exp(-f)) + Math.tanh(j) / (1 + Math.exp(-i));
        expect(Math.abs(next.c[u]! - cell)).toBeLessThan(2 * FLOAT_TOLERANCE);
        const output = Math.tanh(cell) / (1 + Math.exp(-o));
        expect(Math.abs(next.h[u]! - output)).toBeLessThan(FLOAT_TOLERANCE);
      }
    });
  }

  it("computes a softmax that sums to 1 for logits of any magnitude", () => {
    for (const offset of [0, 500, -500]) {
      const logits = Float32Array.from({ length: 36 }, (_, i) => offset + Math.sin(i) * 8);
      const probabilities = kernels.softmax(logits);
      const sum = probabilities.reduce((total, value) => total + value, 0);
      expect(Math.abs(sum - 1)).toBeLessThan(FLOAT_TOLERANCE);
      expect(probabilities[2]! / probabilities[1]!).toBeCloseTo(
        Math.exp(logits[2]! - logits[1]!),
        3,
      );
    }
  });

  it("ranks the top k of the allowed values, ties by index", () => {
    const values = Float32Array.of(0.1, 0.4, 0.4, 0, 0.9, 0.4, 0.05, 0.2);
    const allowed = Uint8Array.of(1, 1, 1, 1, 0, 1, 1, 1);
    expect(kernels.softmaxTopK(values, allowed, 3)).toEqual([1, 2, 5]);
    expect(kernels.softmaxTopK(values, allowed, 1)).toEqual([1]);
    expect(kernels.softmaxTopK(values, allowed, 100)).toEqual([1, 2, 5, 7, 0, 6, 3]);
    expect(kernels.softmaxTopK(values, new Uint8Array(8), 3)).toEqual([]);
  });

  it("ranks the top k of many values like a full sort", () => {
    const random = seededRandom(7);
    const values = Float32Array.from({ length: 1000 }, () => Math.round(random() * 50));
    const allowed = Uint8Array.from({ length: 1000 }, () => Number(random() < 0.5));
    expect(kernels.softmaxTopK(values, allowed, 100)).toEqual(
      reference.softmaxTopK(values, allowed, 100),
    );
  });
});

type Four = [number, number, number, number];

function sample(rows: number, K: number, seed = 0) {
  const random = seededRandom(rows * K + seed);
  const matrix: Int8Rows = {
    weight: Int8Array.from({ length: rows * K }, () =>
      Math.round((2 * random() - 1) * LARGEST_WEIGHT),
    ),
    scale: Float32Array.from({ length: rows }, random),
    zeroPointCorrection: Int32Array.from({ length: rows }, () => Math.round(random() * 2e6 - 1e6)),
  };
  const start = Float32Array.from({ length: rows }, () => random() - 0.5);
  const q = Uint8Array.from({ length: K }, () => Math.floor(random() * 128));
  return { start, matrix, q };
}

function rowTimes(
  start: Float32Array,
  { weight, scale, zeroPointCorrection }: Int8Rows,
  q: Uint8Array,
  row: number,
  step: number,
): number {
  const K = q.length;
  const sum = q.reduce((total, value, k) => total + value * weight[row * K + k]!, 0);
  const factor = Math.fround(scale[row]! * Math.fround(step));
  const product = Math.fround(Math.fround(sum + zeroPointCorrection[row]!) * factor);
  return Math.fround(start[row]! + product);
}

/** The WebAssembly kernels behind the reference's signatures: arrays in, arrays out. */
function kernelsOverArrays({ nativeDot }: { nativeDot: boolean }): typeof reference {
  const module = new WebAssembly.Module(readFileSync("kernels/build/edge.wasm"));
  const memory = new WebAssembly.Memory({ initial: MEMORY_PAGES, maximum: MEMORY_PAGES });
  const kernels = instantiateEdgeKernels(module, memory);
  let end = 65_536;
  const reserve = (bytes: number) => {
    const begin = Math.ceil(end / 64) * 64;
    end = begin + bytes;
    return begin;
  };
  const put = (data: Float32Array | Int32Array | Int8Array | Uint8Array) => {
    const address = reserve(data.byteLength);
    new Uint8Array(memory.buffer).set(new Uint8Array(data.buffer), address);
    return address;
  };
  const floats = (address: number, length: number) =>
    new Float32Array(memory.buffer.slice(address, address + 4 * length));
  const bytes = (address: number, length: number) =>
    new Uint8Array(memory.buffer.slice(address, address + length));
  /** Every call reuses the memory from the start. */
  const fresh = <Arguments extends unknown[], Result>(call: (...given: Arguments) => Result) =>
    (...given: Arguments): Result => {
      end = 65_536;
      return call(...given);
    }; // prettier-ignore

  return {
    multiplyRows: fresh((starts, { weight, scale, zeroPointCorrection }, vectors, scales) => {
      const [rows, K, count] = [starts[0]!.length, vectors[0]!.length, vectors.length];
      const outStride = 4 * rows + 48; // what lies between stays as it is
      const out = reserve(count * outStride);
      new Uint8Array(memory.buffer, out, count * outStride).fill(7);
      const shared = new Set(starts).size === 1;
      const start = shared ? put(starts[0]!) : put(Float32Array.from(starts.flatMap((all) => [...all]))); // prettier-ignore
      const q = put(Uint8Array.from(vectors.flatMap((all) => [...all])));
      kernels.multiplyRows(
        out, outStride, start, shared ? 0 : 4 * rows, put(interleaveRows(weight, K)), put(scale),
        put(zeroPointCorrection), q, put(Float32Array.from(scales)), count, rows, K, nativeDot,
      ); // prettier-ignore
      const between = vectors.flatMap((_, n) => [...bytes(out + n * outStride + 4 * rows, 48)]);
      expect(new Set(between)).toEqual(new Set([7]));
      return vectors.map((_, n) => floats(out + n * outStride, rows));
    }),
    gatherRows: fresh((ids, start, { weight, scale, zeroPointCorrection }, q, activationScale) => {
      const out = reserve(ids.byteLength);
      kernels.gatherRows(
        out, put(ids), put(start), put(interleaveRows(weight, q.length)), put(scale),
        put(zeroPointCorrection), put(q), ids.length, q.length, activationScale,
      ); // prettier-ignore
      return floats(out, ids.length);
    }),
    quantiseOutput: fresh((h) => {
      const out = reserve(h.length);
      kernels.quantiseOutput(out, put(h), h.length);
      return bytes(out, h.length);
    }),
    quantiseScaled: fresh((x) => {
      const out = reserve(x.length);
      const step = kernels.quantiseScaled(out, put(x), x.length);
      return { q: bytes(out, x.length), step };
    }),
    quantiseEmbedding: fresh((row) => {
      const out = reserve(row.length);
      const id = 5;
      const weight = new Int8Array(8 * row.length).fill(99);
      weight.set(row, id * row.length);
      kernels.quantiseEmbedding(out, put(interleaveRows(weight, row.length)), id, row.length);
      return bytes(out, row.length);
    }),
    stepCell: fresh((c, gates) => {
      const [cell, h] = [put(c), reserve(c.byteLength)];
      kernels.stepCell(cell, h, put(gates), c.length);
      return { c: floats(cell, c.length), h: floats(h, c.length) };
    }),
    softmax: fresh((values) => {
      const address = put(values);
      const largest = kernels.largestOf(address, values.length);
      const sum = kernels.exponentials(address, address, values.length, largest);
      kernels.multiplyAll(address, values.length, 1 / sum);
      return floats(address, values.length);
    }),
    softmaxTopK: fresh((values, allowed, k) => {
      const chosen = reserve(4 * k);
      const found = kernels.softmaxTopK(chosen, put(values), put(allowed), values.length, k);
      return [...new Int32Array(memory.buffer, chosen, found)];
    }),
  };
}
