// model/safetensors: reads and writes the safetensors container. What the tensors mean is others' business.
//
//   offset 0   u64, little-endian: N, the header's length in bytes
//          8   N bytes of JSON: {"__metadata__": {…}, name: {dtype, shape, data_offsets: [begin, end]}, …},
//              padded with spaces so that the data start at a multiple of ALIGNMENT
//        8+N   the tensors' bytes, in the header's order, without gaps; offsets count from here

const ALIGNMENT = 64;
const MAX_HEADER_BYTES = 16 << 20;

const BYTES_PER_ELEMENT = { F32: 4, I32: 4, U16: 2, I8: 1, U8: 1 };
type Dtype = keyof typeof BYTES_PER_ELEMENT;

/** A tensor with its data, row-major. */
export interface TensorToWrite {
  name: string;
  dtype: Dtype;
  shape: number[];
  data: ArrayBufferView;
}

/** Where a tensor stands in a file. */
export interface TensorEntry {
  dtype: Dtype;
  shape: number[];
  begin: number; // byte offsets into the file
  end: number;
}

/** A file's header: where its tensors stand, and free text by key. */
export interface SafetensorsHeader {
  metadata: Record<string, string>;
  tensors: Map<string, TensorEntry>;
  fileBytes: number; // what a whole file measures
}

/**
 * One file with these tensors, in this order; metadata values are strings by the format's rule.
 * @throws Error where a tensor's data does not fill its shape
 * @example
 * writeSafetensors([{ name: "bias", dtype: "F32", shape: [2], data: Float32Array.of(0.5, -1) }], { by: "hand" });
 */
export function writeSafetensors(
  tensors: TensorToWrite[],
  metadata: Record<string, string>,
): Uint8Array<ArrayBuffer> {
  const header: Record<string, unknown> = { __metadata__: metadata };
  let offset = 0;
  for (const { name, dtype, shape, data } of tensors) {
    const expected = shape.reduce((product, extent) => product * extent, BYTES_PER_ELEMENT[dtype]);
    if (data.byteLength !== expected) {
      throw new Error(
        `tensor "${name}" has ${data.byteLength} bytes; [${shape.join(", ")}] needs ${expected}`,
      );
    }
    header[name] = { dtype, shape, data_offsets: [offset, offset + expected] };
    offset += expected;
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  const dataStart = Math.ceil((8 + json.length) / ALIGNMENT) * ALIGNMENT;
  const file = new Uint8Array(dataStart + offset);
  new DataView(file.buffer).setBigUint64(0, BigInt(dataStart - 8), true);
  file.fill(0x20, 8, dataStart);
  file.set(json, 8);
  let position = dataStart;
  for (const { data } of tensors) {
    file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), position);
    position += data.byteLength;
  }
  return file;
}

/**
 * How many bytes at the start of a file hold its header.
 * @param start at least the first 8 bytes
 * @throws Error where they begin no safetensors file
 * @example
 * headerBytes(file.subarray(0, 8)); // e.g. 128, where the data begin
 */
export function headerBytes(start: Uint8Array): number {
  if (start.length < 8) throw new Error(`not a safetensors file: only ${start.length} bytes`);
  const length = new DataView(start.buffer, start.byteOffset, 8).getBigUint64(0, true);
  if (length > BigInt(MAX_HEADER_BYTES)) {
    throw new Error(`not a safetensors file: its header would be ${length} bytes long`);
  }
  return 8 + Number(length);
}

/**
 * Reads and checks a header.
 * @param file the file, or its first `headerBytes`
 * @throws Error where it is no safetensors file, or its tensors overlap or leave gaps
 * @example readSafetensorsHeader(file).tensors.get("embedding")?.shape; // [10000, 650]
 */
export function readSafetensorsHeader(file: Uint8Array): SafetensorsHeader {
  const dataStart = headerBytes(file);
  if (file.length < dataStart) {
    throw new Error(`safetensors header is cut off: ${file.length} of ${dataStart} bytes`);
  }
  const parsed = parseHeader(file.subarray(8, dataStart));
  const { __metadata__: metadata = {}, ...entries } = parsed;
  const tensors = new Map<string, TensorEntry>();
  let fileBytes = dataStart;
  for (const [name, entry] of Object.entries(entries)) {
    const { dtype, shape, data_offsets: offsets } = entry as Record<string, unknown>;
    if (!isDtype(dtype) || !isWholeNumbers(shape) || !isWholeNumbers(offsets)) {
      throw new Error(`safetensors entry "${name}" is not {dtype, shape, data_offsets}`);
    }
    const [begin, end] = [dataStart + offsets[0]!, dataStart + offsets[1]!];
    const expected = shape.reduce((product, extent) => product * extent, BYTES_PER_ELEMENT[dtype]);
    if (begin !== fileBytes || end - begin !== expected) {
      throw new Error(`safetensors entry "${name}" does not lie where the ones before it end`);
    }
    tensors.set(name, { dtype, shape, begin, end });
    fileBytes = end;
  }
  return { metadata: metadata as Record<string, string>, tensors, fileBytes };
}

/**
 * @throws Error unless the file has exactly the bytes that its header promises
 * @example
 * checkFileBytes(readSafetensorsHeader(file), file.length);
 */
export function checkFileBytes(header: { fileBytes: number }, fileBytes: number): void {
  if (fileBytes !== header.fileBytes) {
    throw new Error(
      `safetensors file has ${fileBytes} bytes; its header promises ${header.fileBytes}`,
    );
  }
}

function parseHeader(json: Uint8Array): Record<string, unknown> {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(json));
  } catch (cause) {
    throw new Error("not a safetensors file: its header is not JSON", { cause });
  }
}

function isDtype(value: unknown): value is Dtype {
  return typeof value === "string" && Object.hasOwn(BYTES_PER_ELEMENT, value);
}

function isWholeNumbers(value: unknown): value is number[] {
  return (
    Array.isArray(value) && value.every((number) => Number.isSafeInteger(number) && number >= 0)
  );
}
