// registry/stored-json: JSON that the store holds, checked against what a reader needs of it: an object may be written by
// hand, by a newer release, or cut off.

import type { z } from "zod";
import type { ObjectStore } from "./object-store.ts";

/**
 * The value in an object's bytes.
 * @throws Error naming the object and the first thing that is wrong with it
 *
 * @example parseStored(schema, found.body, "runs/notes/result.json");
 */
export function parseStored<T>(schema: z.ZodType<T>, body: Uint8Array, key: string): T {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(body));
  } catch (cause) {
    throw new Error(`"${key}" in the store is not JSON; delete it, or write it again`, { cause });
  }
  const { success, data, error } = schema.safeParse(value);
  if (success) return data;
  const { path, message } = error.issues[0]!;
  const place = path.length > 0 ? `${path.join(".")}: ` : "";
  throw new Error(
    `"${key}" in the store is not what this release reads (${place}${message}); was it written by a newer one?`,
  );
}

/**
 * An object's value, or null where there is no such object.
 * @example
 * await readStored(store, "runs/notes/result.json", schema);
 */
export async function readStored<T>(
  store: ObjectStore,
  key: string,
  schema: z.ZodType<T>,
): Promise<T | null> {
  const found = await store.get(key);
  return found && parseStored(schema, found.body, key);
}
