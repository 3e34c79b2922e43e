import { expect, it } from "vitest";
import { checkFileBytes, readSafetensorsHeader, writeSafetensors } from "#model/safetensors";

const numbers = new Float32Array([1, 2, 3, 4, 5, 6]);
const bytes = new Uint8Array([7, 8, 9]);
const file = writeSafetensors(
  [
    { name: "matrix", dtype: "F32", shape: [2, 3], data: numbers },
    { name: "bytes", dtype: "U8", shape: [3], data: bytes },
  ],
  { key: "value" },
);

it("reads back what it wrote", () => {
  const { metadata, tensors, fileBytes } = readSafetensorsHeader(file);
  expect(metadata).toEqual({ key: "value" });
  expect(fileBytes).toBe(file.length);
  const matrix = tensors.get("matrix")!;
  expect(matrix.shape).toEqual([2, 3]);
  expect(new Float32Array(file.slice(matrix.begin, matrix.end).buffer)).toEqual(numbers);
});

it("starts the tensors at a multiple of 64 bytes", () => {
  expect(readSafetensorsHeader(file).tensors.get("matrix")!.begin % 64).toBe(0);
});

it.each([
  ["no bytes at all", new Uint8Array(0), "only 0 bytes"],
  ["a header that is cut off", file.subarray(0, 20), "cut off"],
  [
    "text in its place",
    new TextEncoder().encode("once upon a time, there"),
    "not a safetensors file",
  ],
  ["a header that is not JSON", withByte(file, 8, 0x21), "not JSON"],
])("refuses %s", (_, broken, message) => {
  expect(() => readSafetensorsHeader(broken)).toThrow(message);
});

it("notices missing bytes at the end", () => {
  const header = readSafetensorsHeader(file);
  expect(() => checkFileBytes(header, file.length - 1)).toThrow("its header promises");
});

it("refuses to write a tensor whose numbers do not fill its shape", () => {
  const tensor = { name: "short", dtype: "F32" as const, shape: [7], data: numbers };
  expect(() => writeSafetensors([tensor], {})).toThrow('tensor "short" has 24 bytes; [7] needs 28');
});

function withByte(source: Uint8Array, at: number, value: number): Uint8Array {
  const copy = source.slice();
  copy[at] = value;
  return copy;
}
