// edge/model-registry: the models that this isolate serves, each held once for the Worker and all its sessions, and replaced
// when another version becomes current. Fetching and verifying a version is load-model's.
//
// Whoever asks for a model gets an object to keep for the whole of its request: a newer version takes its place for the
// requests after, so nobody waits, fails or is answered by two versions at once.

import { currentKey, decodePointer, MODEL_NAME } from "#model/layout";
import type { Pointer } from "#model/layout";
import { MAX_MODEL_BYTES } from "#inference/memory-plan";
import { ApiError } from "./errors.ts";
import { loadModel, renewSuppressed, verifyModel } from "./load-model.ts";
import type { Model } from "./load-model.ts";

const FRESH_MS = 10_000; // so long nobody looks at the pointer again
const STALE_MS = 25_000; // after this a request waits for the look, so that a release is everywhere within 30 s
const RETRY_BROKEN_MS = 30_000; // a version that did not load is tried again after this
const OWNER_TIMEOUT_MS = 10_000; // a refresh whose request was cancelled never ends
const RETRY_AFTER_SECONDS = 5;

/** Keeps a promise going after its request was answered. */
type WaitUntil = (promise: Promise<unknown>) => void;

/** One model's name: what is served under it and what went wrong last. */
interface ModelEntry {
  name: string;
  model: Model | null;
  error: string | null;
  grantedBytes: number; // to a version that is being loaded
  broken: { sha256: string; triedAt: number; error: Error } | null;
  checkedAt: number;
  usedAt: number;
  checking: Promise<void> | null;
}

const slots = new Map<string, ModelEntry>();

/** The current version of a model, looked up and loaded if need be. */
export async function currentModel(
  store: R2Bucket,
  name: string,
  waitUntil: WaitUntil,
): Promise<Model> {
  if (!MODEL_NAME.test(name)) throw unknownModel(name);
  const slot = slotOf(name);
  const now = Date.now();
  slot.usedAt = now;
  const age = now - slot.checkedAt;
  if (slot.model && age < FRESH_MS) return slot.model;
  if (slot.model && age < STALE_MS) {
    waitUntil(check(slot, store));
    return slot.model;
  }
  await checkInTime(slot, store, waitUntil);
  return slot.model ?? (await explainAbsence(slot, store));
}

/** What this isolate holds, for /health. */
export function describeModels() {
  const held = [...slots.values()].filter(({ model }) => model !== null);
  const errors = [...slots.values()].flatMap(({ name, error }) =>
    error ? [`${name}: ${error}`] : [],
  );
  return {
    models: held.map(({ model }) => {
      const { name, version, promotedAt, loadedAt, memoryBytes } = model!;
      return {
        name,
        version,
        promoted_at: promotedAt,
        loaded_at: loadedAt,
        memory_bytes: memoryBytes,
      };
    }),
    error: errors.length > 0 ? errors.join("; ") : null,
  };
}

/** Forgets everything, as a new isolate would have. */
export function forgetModels(): void {
  slots.clear();
}

function slotOf(name: string): ModelEntry {
  let slot = slots.get(name);
  if (!slot) {
    const nothing = { model: null, error: null, broken: null, checking: null, grantedBytes: 0 };
    slot = { name, ...nothing, checkedAt: 0, usedAt: 0 };
    slots.set(name, slot);
  }
  return slot;
}

/** Waits for the look that is under way or begins one; one that its own request abandoned is begun afresh. */
async function checkInTime(slot: ModelEntry, store: R2Bucket, waitUntil: WaitUntil): Promise<void> {
  const attempts = slot.model ? 1 : 2;
  for (let attempt = 0; attempt < attempts; attempt++) {
    const checking = check(slot, store);
    waitUntil(checking);
    const late = Promise.withResolvers<"late">();
    const timeout = setTimeout(() => late.resolve("late"), OWNER_TIMEOUT_MS);
    const outcome = await Promise.race([checking, late.promise]);
    clearTimeout(timeout);
    if (outcome !== "late") return;
    slot.error = `the bucket did not answer within ${OWNER_TIMEOUT_MS / 1000} s`;
    slot.checkedAt = Date.now();
    if (slot.checking === checking) slot.checking = null;
    slot.grantedBytes = 0;
  }
}

/** Looks at the pointer and loads what it names unless that is held already. Never rejects: it notes what is wrong. */
function check(slot: ModelEntry, store: R2Bucket): Promise<void> {
  slot.checking ??= (async () => {
    try {
      await refresh(slot, store);
      slot.error = null;
    } catch (error) {
      slot.error = (error as Error).message;
    } finally {
      slot.checkedAt = Date.now();
      slot.checking = null;
    }
  })();
  return slot.checking;
}

async function refresh(slot: ModelEntry, store: R2Bucket): Promise<void> {
  const object = await store.get(currentKey(slot.name));
  if (!object) {
    if (slot.model) throw new Error("current.json is gone; the version loaded before is served on");
    slots.delete(slot.name); // nobody can fill the memory with made-up names
    return;
  }
  const pointer = decodePointer(await object.text());
  if (pointer.version === slot.model?.version) {
    slot.model = await renewSuppressed(store, slot.model);
    return;
  }
  const { broken } = slot;
  if (broken?.sha256 === pointer.sha256 && Date.now() - broken.triedAt < RETRY_BROKEN_MS) {
    throw broken.error;
  }
  try {
    slot.model = await loadModel(store, slot.name, pointer, (plannedBytes) =>
      evictUntilFits(slot, store, pointer, plannedBytes),
    );
    slot.broken = null;
  } catch (error) {
    if (error instanceof NoRoomError) throw error; // the file is not at fault
    slot.broken = { sha256: pointer.sha256, triedAt: Date.now(), error: error as Error };
    throw error;
  } finally {
    slot.grantedBytes = 0;
  }
}

/** Thrown where models that are being loaded take the memory; it is free soon. */
class NoRoomError extends Error {
  constructor() {
    super("other models are being loaded and take the memory; try again in a moment");
  }
}

/** Lets go of what was not used for longest until a version fits; of its own older version last of all. */
async function evictUntilFits(
  slot: ModelEntry,
  store: R2Bucket,
  pointer: Pointer,
  plannedBytes: number,
): Promise<void> {
  const fits = () => {
    const held = [...slots.values()].map(
      ({ model, grantedBytes }) => (model?.plannedBytes ?? 0) + grantedBytes,
    );
    return held.reduce((sum, bytes) => sum + bytes, plannedBytes) <= MAX_MODEL_BYTES;
  };
  const others = [...slots.values()].filter((other) => other !== slot);
  for (const other of others.sort((a, b) => a.usedAt - b.usedAt)) {
    if (fits()) return grant();
    other.model = null;
  }
  if (fits()) return grant();
  if (!slot.model) throw new NoRoomError();
  // the two versions have no room beside each other: the older one goes only for a file that is known to be whole
  await verifyModel(store, slot.name, pointer);
  slot.model = null;
  if (!fits()) throw new NoRoomError();
  grant();

  /** Noted before the first byte is held, so that loads under way count each other. */
  function grant(): void {
    slot.grantedBytes = plannedBytes;
  }
}

async function explainAbsence({ name, error }: ModelEntry, store: R2Bucket): Promise<never> {
  const unavailable = { status: 503, retryAfterSeconds: RETRY_AFTER_SECONDS } as const;
  if (error !== null) {
    const message = `the model "${name}" could not be loaded: ${error}`;
    throw new ApiError({ ...unavailable, code: "model_broken", message });
  }
  const { delimitedPrefixes } = await store.list({ prefix: "models/", delimiter: "/", limit: 2 });
  if (delimitedPrefixes.some((prefix) => prefix !== `models/${name}/`)) {
    throw unknownModel(name);
  }
  const message = "no model has been published yet; train one, then try again";
  throw new ApiError({ ...unavailable, code: "no_model", message });
}

export function unknownModel(name: string): ApiError {
  const message = `no model is called "${name}"; GET /v1/models lists those there are`;
  return new ApiError({ status: 404, code: "model_not_found", message, param: "model" });
}
