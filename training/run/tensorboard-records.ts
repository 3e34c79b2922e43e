// training/run/tensorboard-records: events as TensorBoard reads them: protocol buffers, each framed as a TFRecord.
//
// A record:  u64 length · u32 mask(crc32c(length)) · length bytes · u32 mask(crc32c(bytes)), little-endian
//
// Field numbers and types are TensorFlow's (tensorflow/core/util/event.proto, core/framework/summary.proto).

import protobuf from "protobufjs/light.js";

const one = (id: number, type: string) => ({ id, type });
const many = (id: number, type: string) => ({ id, type, rule: "repeated" });

const ROOT = protobuf.Root.fromJSON({
  nested: {
    Event: {
      fields: {
        wallTime: one(1, "double"),
        step: one(2, "int64"),
        fileVersion: one(3, "string"),
        summary: one(5, "Summary"),
        sessionLog: one(7, "SessionLog"),
      },
    },
    SessionLog: { fields: { status: one(1, "int32") } },
    Summary: { fields: { value: many(1, "Value") } },
    Value: {
      fields: { tag: one(1, "string"), number: one(2, "float"), histogram: one(5, "Histogram") },
    },
    Histogram: {
      fields: {
        min: one(1, "double"),
        max: one(2, "double"),
        count: one(3, "double"),
        sum: one(4, "double"),
        sumOfSquares: one(5, "double"),
        limits: many(6, "double"),
        counts: many(7, "double"),
      },
    },
  },
});
const EVENT = ROOT.lookupType("Event");

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
export function encodeFileVersion(wallTime: number): Uint8Array {
  return encodeEvent({ wallTime, fileVersion: "brain.Event:2" });
}

const SESSION_START = 1; // a session log's status

/** Says that the program began again and that this step is its next. */
export function encodeRestart(place: { wallTime: number; step: number }): Uint8Array {
  return encodeEvent({ ...place, sessionLog: { status: SESSION_START } });
}

/** Points on curves, and histograms. */
export function encodeSummary(
  value: SummaryValue[],
  place: { wallTime: number; step: number },
): Uint8Array {
  return encodeEvent({ ...place, summary: { value } });
}

/** @param event its wall time is in seconds since 1970 */
function encodeEvent(event: { wallTime: number } & Record<string, unknown>): Uint8Array {
  return EVENT.encode(EVENT.create(event)).finish();
}

/** An event as a record of a file. */
export function frameRecord(data: Uint8Array): Uint8Array {
  const head = Buffer.alloc(12);
  head.writeBigUInt64LE(BigInt(data.length));
  head.writeUInt32LE(maskedCrc32c(head.subarray(0, 8)), 8);
  const foot = Buffer.alloc(4);
  foot.writeUInt32LE(maskedCrc32c(data));
  return Buffer.concat([head, data, foot]);
}

/** A checksum of data that may itself hold checksums: rotated and shifted, so that the two differ. */
export function maskedCrc32c(data: Uint8Array): number {
  const crc = crc32c(data);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
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
