// test/training/read-events: reads TensorBoard's event files by their specification, to hold the writer against.

export interface ReadValue {
  tag: string;
  number?: number;
  histogram?: {
    min: number;
    max: number;
    count: number;
    sum: number;
    sumOfSquares: number;
    limits: number[];
    counts: number[];
  };
}

export interface ReadEvent {
  wallTime: number;
  step: number;
  fileVersion?: string;
  isRestart: boolean;
  values: ReadValue[];
}

/** All events of a file; throws where a checksum is wrong. */
export function readEvents(file: Buffer): ReadEvent[] {
  const events: ReadEvent[] = [];
  for (let at = 0; at < file.length;) {
    const length = Number(file.readBigUInt64LE(at));
    checkCrc(file.subarray(at, at + 8), file.readUInt32LE(at + 8));
    const data = file.subarray(at + 12, at + 12 + length);
    checkCrc(data, file.readUInt32LE(at + 12 + length));
    events.push(readEvent(data));
    at += 16 + length;
  }
  return events;
}

function readEvent(data: Buffer): ReadEvent {
  const fields = readFields(data);
  const summaries = fields.filter(({ field }) => field === 5);
  return {
    wallTime: fields.find(({ field }) => field === 1)!.bytes.readDoubleLE(),
    step: fields.find(({ field }) => field === 2)?.varint ?? 0,
    fileVersion: fields.find(({ field }) => field === 3)?.bytes.toString(),
    isRestart: fields.some(
      ({ field, bytes }) => field === 7 && readFields(bytes).some(isSessionStart),
    ),
    values: summaries.flatMap(({ bytes }) =>
      readFields(bytes).map((value) => readValue(value.bytes)),
    ),
  };
}

function isSessionStart({ field, varint }: Field): boolean {
  return field === 1 && varint === 1;
}

function readValue(data: Buffer): ReadValue {
  const value: ReadValue = { tag: "" };
  for (const { field, bytes } of readFields(data)) {
    if (field === 1) value.tag = bytes.toString();
    if (field === 2) value.number = bytes.readFloatLE();
    if (field === 5) {
      const [min, max, count, sum, sumOfSquares, limits, counts] = readFields(bytes).map((part) =>
        readDoubles(part.bytes),
      ) as number[][] as [number[], number[], number[], number[], number[], number[], number[]];
      value.histogram = {
        min: min[0]!,
        max: max[0]!,
        count: count[0]!,
        sum: sum[0]!,
        sumOfSquares: sumOfSquares[0]!,
        limits,
        counts,
      };
    }
  }
  return value;
}

interface Field {
  field: number;
  varint: number;
  bytes: Buffer;
}

function readFields(data: Buffer): Field[] {
  const fields: Field[] = [];
  let at = 0;
  const readVarint = () => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = data[at++]!;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return Number(value);
    }
  };
  while (at < data.length) {
    const key = readVarint();
    const wire = key & 7;
    const varint = wire === 0 || wire === 2 ? readVarint() : 0;
    const length = { 0: 0, 1: 8, 2: varint, 5: 4 }[wire];
    if (length === undefined) throw new Error(`unknown wire type ${wire}`);
    fields.push({ field: key >>> 3, varint, bytes: data.subarray(at, at + length) });
    at += length;
  }
  return fields;
}

function readDoubles(bytes: Buffer): number[] {
  return Array.from({ length: bytes.length / 8 }, (_, index) => bytes.readDoubleLE(8 * index));
}

/** Bit by bit, where the writer has a table. */
function checkCrc(data: Uint8Array, masked: number): void {
  const polynomial = 0x1edc6f41n;
  let remainder = 0xffffffffn;
  for (const byte of data) {
    for (let bit = 0; bit < 8; bit++) {
      const top = (remainder >> 31n) ^ BigInt((byte >> bit) & 1);
      remainder = ((remainder << 1n) & 0xffffffffn) ^ (top ? polynomial : 0n);
    }
  }
  let crc = 0; // the register, read from its other end and inverted
  for (let bit = 0; bit < 32; bit++) {
    if (((remainder >> BigInt(bit)) & 1n) === 0n) crc |= 1 << (31 - bit);
  }
  const rotated = (masked - 0xa282ead8) >>> 0;
  if (((rotated >>> 17) | (rotated << 15)) >>> 0 !== crc >>> 0) throw new Error("wrong checksum");
}
