// edge/profiles: the Worker's and the sessions' side of a writer's profile: finding its object, and what it makes of the next
// word, which this isolate remembers for the writers who came lately.

import { NO_MEMORY } from "#inference/cache-mixture";
import type { Memory } from "#inference/cache-mixture";
import { mixtureOf } from "#inference/profile-mixture";
import { ProfileNgrams } from "#inference/profile-ngrams";
import type { Environment } from "./environment.ts";
import type { Model } from "./load-model.ts";
import { placeOf } from "./placement.ts";
import type { Profile } from "./profile.ts";
import { decodeProfile } from "./profile-format.ts";

/** A writer, as the owner of a key calls them. */
export interface Writer {
  owner: string | null; // null in an open deployment
  user: string;
}

interface HeldProfile {
  tag: string;
  ngrams: ProfileNgrams;
}

/** By the object's id and the model's version; used last, last. */
const held = new Map<string, HeldProfile>();
/** JavaScript's share of an isolate has room for this. */
const MAX_BYTES = 6_000_000;

/** A writer's profile: nobody else's key leads to it, as the owner is part of its name. */
export function profileOf({ PROFILES, ...env }: Environment, { owner, user }: Writer) {
  const { namespace, options } = placeOf(PROFILES, env);
  const id = namespace.idFromName(JSON.stringify([owner, user]));
  return (namespace as unknown as DurableObjectNamespace<Profile>).get(id, options);
}

/** A profile of 64 kB takes 21 ms, of one core. */
const MS_PER_BYTE = 0.000_4;

/**
 * What a writer's profile makes of the next word, as it is now.
 * @param charge for the work that it takes where this isolate does not remember it
 * @param session that reads it, and tells it what is typed
 */
export async function readProfile(
  env: Environment,
  { writer, model }: { writer: Writer; model: Model },
  charge: (ms: number) => Promise<void>,
  session?: { id: string; sequence: number },
): Promise<ProfileNgrams> {
  const profile = profileOf(env, writer);
  const known = hold(profile.id, model);
  const { tag, bytes } = await profile.read(known?.tag ?? null, session);
  if (!bytes) return known!.ngrams;
  await charge(bytes.length * MS_PER_BYTE);
  const ngrams = new ProfileNgrams(decodeProfile(bytes), model.predictor);
  hold(profile.id, model, { tag, ngrams });
  return ngrams;
}

/** The same as this isolate read it last; null where it does not remember it. */
export function recallProfile(
  env: Environment,
  writer: Writer,
  model: Model,
): ProfileNgrams | null {
  return hold(profileOf(env, writer).id, model)?.ngrams ?? null;
}

/** What is remembered of an object, or is from now on; lets go of what was not used for longest. */
function hold(
  id: DurableObjectId,
  { name, version }: Model,
  read?: HeldProfile,
): HeldProfile | undefined {
  const key = `${id.toString()} ${name} ${version}`;
  const profile = read ?? held.get(key);
  if (!profile) return undefined;
  held.delete(key);
  held.set(key, profile);
  let sum = held.values().reduce((sum, { ngrams }) => sum + ngrams.bytes, 0);
  for (const [other, { ngrams }] of held) {
    if (sum <= MAX_BYTES) break;
    held.delete(other);
    sum -= ngrams.bytes;
  }
  return profile;
}

/** A memory with what the profile makes of the next word; without one it stays as it is. */
export function withProfile(profile: ProfileNgrams | null, memory: Memory = NO_MEMORY): Memory {
  if (!profile || profile.total + profile.rejected.size === 0) return memory;
  const rejected = new Map(profile.rejected);
  for (const [word, factor] of memory.rejected) rejected.set(word, factor * (rejected.get(word) ?? 1)); // prettier-ignore
  return { ...memory, rejected, profile: mixtureOf(profile) };
}
