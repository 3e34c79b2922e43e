// edge/model-slots: what this isolate holds of each model, and room for more: no two versions beside each other take more than
// inference/memory-plan allows.

import type { Canary } from "#model/layout";
import { MAX_MODEL_BYTES } from "#inference/memory-plan";
import { verifyModel } from "./load-model.ts";
import type { Model, NamedFile } from "./load-model.ts";

/** One model's name, or its canary: what is served under it and what went wrong last. */
export interface ModelEntry {
  key: string;
  name: string;
  canaryOf: ModelEntry | null; // null for what is current
  canary: (Canary & NamedFile) | null; // of what is current
  model: Model | null;
  error: string | null;
  grantedBytes: number; // to a version that is being loaded
  broken: { sha256: string; triedAt: number; error: Error } | null;
  checkedAt: number;
  usedAt: number;
  checking: symbol | null; // the look under way
}

export const slots = new Map<string, ModelEntry>();

/** A model's slot, a new one where there is none. */
export function slotOf(name: string): ModelEntry {
  return findSlot(name, name, null);
}

/** The slot of its canary. */
export function canarySlotOf(main: ModelEntry): ModelEntry {
  return findSlot(`${main.name} canary`, main.name, main); // names have no space
}

function findSlot(key: string, name: string, canaryOf: ModelEntry | null): ModelEntry {
  let slot = slots.get(key);
  if (!slot) {
    const nothing = { canary: null, model: null, error: null, broken: null, checking: null, grantedBytes: 0 }; // prettier-ignore
    slot = { key, name, canaryOf, ...nothing, checkedAt: 0, usedAt: 0 };
    slots.set(key, slot);
  }
  return slot;
}

/** Thrown where models that are being loaded take the memory; it is free soon. */
export class NoRoomError extends Error {
  constructor() {
    super("other models are being loaded and take the memory; try again in a moment");
  }
}

/** Lets go of what was not used for longest until a version fits; of its own older version last of all, and for a canary of no
 * current one. */
export async function evictUntilFits(
  slot: ModelEntry,
  store: R2Bucket,
  pointer: NamedFile,
  plannedBytes: number,
): Promise<void> {
  slot.grantedBytes = 0; // of a cached file that turned out to be damaged
  const fits = () => {
    const held = [...slots.values()].map(
      ({ model, grantedBytes }) => (model?.plannedBytes ?? 0) + grantedBytes,
    );
    return held.reduce((sum, bytes) => sum + bytes, plannedBytes) <= MAX_MODEL_BYTES;
  };
  const others = [...slots.values()].filter((other) => other !== slot && other !== slot.canaryOf);
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
