// training/run/tensorboard-records: events as TensorBoard reads them: protocol buffers, each framed as a TFRecord.
//
// A record:  u64 length · u32 mask(crc32c(length)) · length bytes · u32 mask(crc32c(bytes)), little-endian
// An event:  1 wall time (double) · 2 step (varint) · 3 file version (string), 5 summary or 7 session log
// A session log: 1 status (varint)
// A summary: repeated 1 value:  1 tag (string) · 2 number (float) or 5 histogram
// A histogram: 1 min · 2 max · 3 count · 4 sum · 5 sum of squares · 6 buckets' upper limits · 7 buckets' counts

export interface Histogram {
  min: number;
  max: number;
  count: number;
  sum: number;
  sumOfSquares: number;
  limits: number[]; // upper ends of the buckets, rising
  counts: number[];
}

export type SummaryValue = { tag: string } & ({ number: number } | { histogram: Histogram });

/** The first event of every file. */
export function encodeFileVersion(wallTimeSeconds: number): Uint8Array {
  return join([doubleField(1, wallTimeSeconds), bytesField(3, Buffer.from("brain.Event:2"))]);
}

const SESSION_START = 1; // a session log's status

/** Says that the program began again and that this step is its next. */
export function encodeRestart({
  wallTimeSeconds,
  step,
}: {
  wallTimeSeconds: number;
  step: number;
}): Uint8Array {
  const status = varintField(1, SESSION_START);
  return join([doubleField(1, wallTimeSeconds), varintField(2, step), bytesField(7, status)]);
}

export function encodeSummary(
  values: SummaryValue[],
  { wallTimeSeconds, step }: { wallTimeSeconds: number; step: number },
): Uint8Array {
  const summary = values.map((value) => bytesField(1, encodeValue(value)));
  return join([
    doubleField(1, wallTimeSeconds),
    varintField(2, step),
    bytesField(5, join(summary)),
  ]);
}

export function frameRecord(data: Uint8Array): Uint8Array {
  const head = Buffer.alloc(12);
  head.writeBigUInt64LE(BigInt(data.length));
  head.writeUInt32LE(maskedCrc32c(head.subarray(0, 8)), 8);
  const foot = Buffer.alloc(4);
  foot.writeUInt32LE(maskedCrc32c(data));
  return join([head, data, foot]);
}

/** A checksum of data that may itself hold checksums: rotated and shifted, so that the two differ. */
export function maskedCrc32c(data: Uint8Array): number {
  const crc = crc32c(data);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

function encodeValue(value: SummaryValue): Uint8Array {
  const tag = bytesField(1, Buffer.from(value.tag));
  if ("number" in value) return join([tag, floatField(2, value.number)]);
  const { min, max, count, sum, sumOfSquares, limits, counts } = value.histogram;
  const histogram = [
    ...[min, max, count, sum, sumOfSquares].map((number, at) => doubleField(at + 1, number)),
    bytesField(6, bytesOf(Float64Array.from(limits))),
    bytesField(7, bytesOf(Float64Array.from(counts))),
  ];
  return join([tag, bytesField(5, join(histogram))]);
}

// how a field's value is laid down, as its key says: key = field number · 8 + wire type
const VARINT = 0;
const EIGHT_BYTES = 1;
const LENGTH_AND_BYTES = 2;
const FOUR_BYTES = 5;

function varintField(field: number, value: number): Uint8Array {
  return join([varint(field * 8 + VARINT), varint(value)]);
}

function doubleField(field: number, value: number): Uint8Array {
  return join([varint(field * 8 + EIGHT_BYTES), bytesOf(Float64Array.of(value))]);
}

function floatField(field: number, value: number): Uint8Array {
  return join([varint(field * 8 + FOUR_BYTES), bytesOf(Float32Array.of(value))]);
}

function bytesField(field: number, bytes: Uint8Array): Uint8Array {
  return join([varint(field * 8 + LENGTH_AND_BYTES), varint(bytes.length), bytes]);
}

/** Seven bits a byte, low ones first; the eighth says that more follow. */
function varint(value: number): Uint8Array {
  const bytes = [];
  for (; value >= 0x80; value = Math.floor(value / 0x80)) bytes.push((value % 0x80) | 0x80);
  return Uint8Array.of(...bytes, value);
}

function bytesOf(numbers: Float64Array | Float32Array): Uint8Array {
  return new Uint8Array(numbers.buffer);
}

function join(parts: Uint8Array[]): Uint8Array {
  return Buffer.concat(parts);
}

const CASTAGNOLI = 0x82f63b78; // the polynomial, low bits first

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  for (let bit = 0; bit < 8; bit++) byte = byte & 1 ? (byte >>> 1) ^ CASTAGNOLI : byte >>> 1;
  return byte;
});

function crc32c(data: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of data) crc = CRC_TABLE[(crc ^ byte) & 0xff]! ^ (crc >>> 8);
  return ~crc;
}
