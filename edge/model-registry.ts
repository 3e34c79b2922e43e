// edge/model-registry: the models that this isolate serves, each held once for the Worker and all its sessions, and replaced
// when another version becomes current. Fetching and verifying a version is load-model's.
//
// Whoever asks for a model gets an object to keep for the whole of its request: a newer version takes its place for the
// requests after, so nobody waits, fails or is answered by two versions at once. A canary is served to its share of the sessions,
// the same ones everywhere, and where it cannot be loaded to none.

import { currentKey, decodePointer, MODEL_NAME } from "#model/layout";
import { ApiError } from "./errors.ts";
import { isChosen } from "./canary-share.ts";
import { loadModel, renewSuppressed } from "./load-model.ts";
import type { Model, NamedFile } from "./load-model.ts";
import { canarySlotOf, evictUntilFits, NoRoomError, slotOf, slots } from "./model-slots.ts";
import type { ModelEntry } from "./model-slots.ts";

const FRESH_MS = 10_000; // so long nobody looks at the pointer again
const STALE_MS = 25_000; // after this a request waits for the look, so that a release is everywhere within 30 s
const RETRY_BROKEN_MS = 30_000; // a version that did not load is tried again after this
const OWNER_TIMEOUT_MS = 10_000; // a refresh whose request was cancelled never ends
const POLL_MS = 1; // so often whoever waits for it looks whether it has ended
const RETRY_AFTER_SECONDS = 5;

/** Keeps a promise going after its request was answered. */
type WaitUntil = (promise: Promise<unknown>) => void;

/** The version of a model that a session is served: the current one, or the canary where it belongs to its share. */
export async function sessionModel(
  store: R2Bucket,
  name: string,
  session: string,
  waitUntil: WaitUntil,
): Promise<Model> {
  const model = await currentModel(store, name, waitUntil);
  const main = slots.get(name);
  const { canary = null } = main ?? {};
  if (!main || !canary || !isChosen(session, canary)) return model;
  const slot = canarySlotOf(main);
  const now = Date.now();
  slot.usedAt = now;
  const isHeld = slot.model?.version === canary.version;
  const isDue = slot.error === null || now - slot.checkedAt > RETRY_BROKEN_MS;
  if (!isHeld && isDue) await checkInTime(slot, store, waitUntil);
  else if (isHeld && now - slot.checkedAt > FRESH_MS) check(slot, store, waitUntil);
  return slot.model?.version === canary.version ? slot.model : model;
}

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
    check(slot, store, waitUntil);
    return slot.model;
  }
  await checkInTime(slot, store, waitUntil);
  return slot.model ?? (await explainAbsence(slot, store));
}

/** What this isolate holds, for /health. */
export function describeModels() {
  const held = [...slots.values()].filter(({ model }) => model !== null);
  const isCanary = new Set(held.filter(({ canaryOf }) => canaryOf).map(({ model }) => model));
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
        ...(isCanary.has(model) && { canary: true }),
      };
    }),
    error: errors.length > 0 ? errors.join("; ") : null,
  };
}

/** Forgets everything, as a new isolate would have. */
export function forgetModels(): void {
  slots.clear();
}

/** Waits for the look that is under way or begins one; one that its own request abandoned is begun afresh. */
async function checkInTime(slot: ModelEntry, store: R2Bucket, waitUntil: WaitUntil): Promise<void> {
  const attempts = slot.model ? 1 : 2;
  for (let attempt = 0; attempt < attempts; attempt++) {
    check(slot, store, waitUntil);
    if (await isCheckedInTime(slot)) return;
    slot.error = `the bucket did not answer within ${OWNER_TIMEOUT_MS / 1000} s`;
    slot.checkedAt = Date.now();
    slot.checking = null;
    slot.grantedBytes = 0;
  }
}

/** False where the look under way does not end. It may be another request's, whose promises are not for this one to wait for. */
async function isCheckedInTime(slot: ModelEntry): Promise<boolean> {
  const { checking } = slot;
  for (let waitedMs = 0; waitedMs < OWNER_TIMEOUT_MS; waitedMs += POLL_MS) {
    await scheduler.wait(POLL_MS);
    if (slot.checking !== checking) return true;
  }
  return false;
}

/** Looks at the pointer and loads what it names unless that is held already, or somebody looks. Notes what is wrong. */
function check(slot: ModelEntry, store: R2Bucket, waitUntil: WaitUntil): void {
  if (slot.checking) return;
  const checking = Symbol("check");
  slot.checking = checking;
  const look = async () => {
    try {
      await refresh(slot, store);
      slot.error = null;
    } catch (error) {
      slot.error = (error as Error).message;
    } finally {
      slot.checkedAt = Date.now();
      if (slot.checking === checking) slot.checking = null;
    }
  };
  waitUntil(look());
}

async function refresh(slot: ModelEntry, store: R2Bucket): Promise<void> {
  const pointer = slot.canaryOf ? slot.canaryOf.canary : await readPointer(slot, store);
  if (!pointer) return;
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

/** What is current by its name, null where nothing is; notes the canary. */
async function readPointer(slot: ModelEntry, store: R2Bucket): Promise<NamedFile | null> {
  const object = await store.get(currentKey(slot.name));
  if (!object) {
    if (slot.model) throw new Error("current.json is gone; the version loaded before is served on");
    slots.delete(slot.name); // nobody can fill the memory with made-up names
    return null;
  }
  const pointer = decodePointer(await object.text());
  const before = slot.canary && canarySlotOf(slot).model;
  if (before?.version === pointer.version)
    slot.model = { ...before, promotedAt: pointer.promotedAt };
  const { canary = null, promotedAt } = pointer;
  if (slot.canary && slot.canary.sha256 !== canary?.sha256) slots.delete(canarySlotOf(slot).key);
  slot.canary = canary && { ...canary, promotedAt };
  return pointer;
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
