import { describe, expect, it } from "vitest";
import {
  countInBuckets,
  encodeFileStart,
  encodeHistograms,
  encodeScalars,
  nameEventFile,
} from "#training/run/tensorboard";
import { maskedCrc32c } from "#training/run/tensorboard-records";
import { readEvents } from "./read-events.ts";

describe("checksums", () => {
  // CRC-32C("123456789") is e3069283 (RFC 3720); masked: rotated right by 15, plus a282ead8
  it("agree with the published check value", () => {
    const crc = 0xe3069283;
    const masked = (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
    expect(maskedCrc32c(Buffer.from("123456789"))).toBe(masked);
  });
});

function read(...parts: Uint8Array[]) {
  return readEvents(Buffer.concat(parts));
}

describe("event files", () => {
  it("begin with the version that TensorBoard asks for", () => {
    expect(read(encodeFileStart())).toMatchObject([
      { fileVersion: "brain.Event:2", isRestart: false, values: [] },
    ]);
  });

  it("of a run that goes on say from which step", () => {
    const [first, second] = read(encodeFileStart(301));
    expect(first).toMatchObject({ fileVersion: "brain.Event:2", isRestart: false });
    expect(second).toMatchObject({ step: 301, isRestart: true, values: [] });
  });

  it("carry a name by which TensorBoard finds them", () => {
    expect(nameEventFile()).toMatch(/^events\.out\.tfevents\.\d+\.[^/]+$/);
  });

  it("hold each curve's points under its tag and step", () => {
    const first = encodeScalars(1, { "train/loss": 9.25 });
    const second = encodeScalars(300, { "train/loss": 6.5, learning_rate: 0.25 });
    expect(read(first, second)).toMatchObject([
      { step: 1, values: [{ tag: "train/loss", number: 9.25 }] },
      {
        step: 300,
        values: [
          { tag: "train/loss", number: 6.5 },
          { tag: "learning_rate", number: 0.25 },
        ],
      },
    ]);
  });

  it("hold steps beyond 32 bits", () => {
    expect(read(encodeScalars(2 ** 40 + 5, { loss: 1 }))[0]!.step).toBe(2 ** 40 + 5);
  });

  it("hold a tensor's histogram", () => {
    const weights = new Map([["softmax.bias", Float32Array.of(-1, 0, 0, 3)]]);
    const [value] = read(encodeHistograms(7, weights))[0]!.values;
    expect(value!.tag).toBe("softmax.bias");
    expect(value!.histogram).toMatchObject({ min: -1, max: 3, count: 4, sum: 2, sumOfSquares: 10 });
    expect(value!.histogram!.counts.filter((count) => count > 0)).toEqual([1, 2, 1]);
    expect(value!.histogram!.limits.at(-1)).toBe(3);
  });

  it("are refused by a reader once a byte is changed", () => {
    const bytes = Buffer.from(encodeScalars(1, { loss: 1 }));
    bytes[bytes.length - 6]! ^= 1;
    expect(() => readEvents(bytes)).toThrow("checksum");
  });
});

describe("histograms", () => {
  it("count every number once, the largest in the last bucket", () => {
    const numbers = Float32Array.from({ length: 1_000 }, (_, index) => index / 999);
    const { counts, limits } = countInBuckets(numbers);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(1_000);
    expect(counts.at(-1)).toBeGreaterThan(0);
    expect(limits).toEqual(limits.toSorted((a, b) => a - b));
  });

  it("take numbers that are all equal", () => {
    const { counts } = countInBuckets(new Float32Array(5).fill(0.5));
    expect(counts[0]).toBe(5);
  });
});
