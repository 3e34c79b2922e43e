// edge/load-model: fetches one version of a model, from the cache nearby or from the bucket, into WebAssembly memory and
// verifies it. Which version is current, and what becomes of the ones before, is model-registry's.

import { waitUntil } from "cloudflare:workers";
import { placeEdgeFile } from "#inference/model-memory";
import type { Placement } from "#inference/model-memory";
import { LanguageModel } from "#inference/language-model";
import { readEdgeHeader } from "#model/edge-file";
import { edgeKey } from "#model/layout";
import type { Pointer } from "#model/layout";
import { checkMemory } from "#inference/memory-plan";
import { headerBytes } from "#model/safetensors";
import edgeModule from "../kernels/build/edge.wasm";
import { Predictor } from "#inference/predictor";
import { cacheFile, dropCached, findCached } from "./file-cache.ts";
import { readSuppressed } from "./suppressed-words.ts";
import type { SuppressedList } from "./suppressed-words.ts";

const PIECE_BYTES = 1 << 20;

export interface Model {
  name: string;
  version: string;
  promotedAt: string;
  loadedAt: string;
  sha256: string; // of the edge file
  memoryBytes: number; // of WebAssembly
  plannedBytes: number; // of all that the model takes, as inference/memory-plan counts
  network: LanguageModel;
  predictor: Predictor;
  suppressed: SuppressedList;
}

/** What names a version's file. */
export type NamedFile = Pick<Pointer, "version" | "sha256" | "bytes" | "promotedAt">;

/** Waits until so many bytes are free. */
export type EvictUntilFits = (plannedBytes: number) => Promise<void>;

/**
 * The version that a pointer names; throws when the file is not exactly what the pointer says, and when its header asks
 * for more than an isolate has. There must be room before any of it is held.
 */
export async function loadModel(
  store: R2Bucket,
  name: string,
  pointer: NamedFile,
  evictUntilFits: EvictUntilFits,
): Promise<Model> {
  const listing = readSuppressed(store, name);
  listing.catch(() => {}); // thrown below, unless the file is at fault too
  const { placement, plannedBytes } = await placeFile(store, name, pointer, evictUntilFits);
  const network = new LanguageModel(edgeModule, placement);
  const suppressed = await listing;
  return {
    name,
    version: pointer.version,
    promotedAt: pointer.promotedAt,
    loadedAt: new Date().toISOString(),
    sha256: pointer.sha256,
    memoryBytes: network.memoryBytes,
    plannedBytes,
    network,
    predictor: new Predictor(network, suppressed.words),
    suppressed,
  };
}

/** The same model with the list of suppressed words as it is now. */
export async function renewSuppressed(store: R2Bucket, model: Model): Promise<Model> {
  const suppressed = await readSuppressed(store, model.name, model.suppressed);
  if (suppressed === model.suppressed) return model;
  return { ...model, suppressed, predictor: new Predictor(model.network, suppressed.words) };
}

/** Throws when a version's file is not exactly what its pointer says, without holding the file in memory. */
export async function verifyModel(
  store: R2Bucket,
  name: string,
  pointer: NamedFile,
): Promise<void> {
  const body = await openFile(store, name, pointer);
  const digest = new crypto.DigestStream("SHA-256");
  await body.pipeTo(digest);
  checkDigest(name, pointer, await digest.digest);
}

/** The file from the cache nearby, or where that has none, or a damaged one, from the bucket. */
async function placeFile(
  store: R2Bucket,
  name: string,
  pointer: NamedFile,
  evictUntilFits: EvictUntilFits,
) {
  const file = { ...pointer, key: edgeKey(name, pointer.version) };
  const cached = await findCached(file);
  if (cached) {
    try {
      return await placeStream(cached, name, pointer, evictUntilFits);
    } catch {
      await dropCached(file); // the bucket's may be whole
    }
  }
  const body = await openFile(store, name, pointer);
  const placed = await placeStream(body, name, pointer, evictUntilFits);
  waitUntil(cacheFile(store, file));
  return placed;
}

async function openFile(store: R2Bucket, name: string, { version, bytes }: NamedFile) {
  const key = edgeKey(name, version);
  const object = await store.get(key);
  if (!object) throw new Error(`${key} is not in the bucket; publish the version again`);
  if (object.size !== bytes) {
    await object.body.cancel();
    throw new Error(
      `${key} has ${object.size} bytes, its pointer says ${bytes}; publish the version again`,
    );
  }
  return object.body;
}

function checkDigest(name: string, { version, sha256 }: NamedFile, digest: ArrayBuffer): void {
  const found = hex(digest);
  if (found === sha256) return;
  throw new Error(
    `${edgeKey(name, version)} has sha256 ${found}, its pointer says ${sha256}; publish the version again`,
  );
}

/** Copies a file piece by piece to where the kernels will read it, so that it is in memory only once. */
async function placeStream(
  body: ReadableStream<Uint8Array>,
  name: string,
  pointer: NamedFile,
  evictUntilFits: EvictUntilFits,
) {
  const { bytes } = pointer;
  const digest = new crypto.DigestStream("SHA-256");
  const digested = digest.getWriter();
  let start = new Uint8Array();
  let placement: Placement | undefined;
  let plannedBytes = 0;
  let filled = 0;
  for await (const piece of readPieces(body)) {
    await digested.write(piece);
    let next = piece;
    if (!placement) {
      next = start = joinBytes(start, piece);
      if (start.length < 8 || start.length < headerBytes(start)) continue;
      const header = readEdgeHeader(start);
      if (header.fileBytes !== bytes) {
        throw new Error(
          `the edge file's header promises ${header.fileBytes} bytes, there are ${bytes}`,
        );
      }
      plannedBytes = checkMemory(header).total;
      await evictUntilFits(plannedBytes);
      placement = placeEdgeFile(header);
    }
    placement.file.set(next, filled);
    filled += next.length;
  }
  if (!placement || filled !== bytes) {
    throw new Error(`the edge file broke off after ${filled} of ${bytes} bytes`);
  }
  await digested.close();
  checkDigest(name, pointer, await digest.digest);
  return { placement, plannedBytes };
}

/** The bucket sends a few kilobytes at a time; to wait for each of those would take longer than all the rest. */
async function* readPieces(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = body.getReader({ mode: "byob" });
  let buffer = new ArrayBuffer(PIECE_BYTES);
  try {
    for (;;) {
      const { done, value } = await reader.readAtLeast(PIECE_BYTES, new Uint8Array(buffer));
      if (value && value.length > 0) yield value;
      if (done || !value) return;
      buffer = value.buffer as ArrayBuffer; // the read took it over
    }
  } finally {
    await reader.cancel(); // nobody wants the rest of a file that is wrong
  }
}

function joinBytes(first: Uint8Array, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(first.length + second.length);
  joined.set(first);
  joined.set(second, first.length);
  return joined;
}

function hex(digest: ArrayBuffer): string {
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
