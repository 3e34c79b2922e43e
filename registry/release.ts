// registry/release: a version in the store goes through the gate and becomes current, or is held back and stays in the
// store. Writing versions is publish's, printing cli/'s.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Pointer } from "#model/layout";
import { pullCorpus } from "./corpora.ts";
import { checkGate } from "./gate.ts";
import type { GateCheck } from "./gate.ts";
import { evaluateCandidate } from "./evaluate-candidate.ts";
import { readVersion } from "./versions.ts";
import type { ModelFiles } from "./versions.ts";
import { ConflictError } from "./object-store.ts";
import { isUnavailable } from "./store-errors.ts";
import type { ObjectStore } from "./object-store.ts";
import { setCanary } from "./canary.ts";
import { promoteVersion, readCurrent } from "./promotions.ts";
import type { Current } from "./promotions.ts";

/** What became of a version. */
export interface Release {
  name: string;
  version: string;
  promoted: boolean;
  sequence: number | null; // of the promotion that made `current` current
  current: string | null; // the version that is so now
  checks: GateCheck[];
  reason: string | null; // why it was held back
  canaryShare?: number; // of the sessions that it is served in, where it began as a canary
}

/** Which version is released, and what it is measured on. */
export interface ReleaseOptions {
  name: string;
  version: string;
  files: ModelFiles;
  corpus: string | undefined; // whose held-out text is scored
  tolerance?: number; // of the gate's comparison with the current version, relative
  canaryShare?: number; // it begins as a canary in this share of the sessions, in place of becoming current
  threads: number; // to score with
  signal?: AbortSignal; // ends the scoring; nothing then becomes current
  onNotice?: (notice: string) => void; // a sentence that somebody should read
  onProgress?: (done: number, total: number) => void; // tokens scored
}

/**
 * Measures a version beside the current one and makes it current if the gate lets it through.
 * @example
 * const files = { master, edge };
 * await releaseVersion(store, { name: "notes", version, files, corpus: "notes/", threads: 4 }); // { promoted: true, … }
 */
export async function releaseVersion(
  store: ObjectStore,
  options: ReleaseOptions,
): Promise<Release> {
  const { name, version } = options;
  const expected = await readCurrent(store, name);
  let checks: GateCheck[];
  try {
    checks = await runGate(store, options, expected);
  } catch (error) {
    // a store in trouble says nothing of the model
    if (isUnavailable(error)) throw error;
    const reason = `it could not be measured: ${(error as Error).message}`;
    return heldBack(name, version, expected, [], reason);
  }
  const failed = checks.filter(({ passed }) => !passed);
  if (failed.length > 0) {
    const reason = failed.map(({ name, message }) => `${name}: ${message}`).join("; ");
    return heldBack(name, version, expected, checks, reason);
  }
  const { canaryShare } = options;
  if (canaryShare !== undefined) {
    const { sequence, version: current } = await beginCanary(store, name, { version, share: canaryShare }, expected); // prettier-ignore
    return { name, version, promoted: false, sequence, current, checks, reason: null, canaryShare };
  }
  const { sequence } = await promoteOrExplain(store, name, version, expected);
  return { name, version, promoted: true, sequence, current: version, checks, reason: null };
}

/**
 * Moves the pointer; a lost race becomes a sentence that says who won.
 * @throws Error with that sentence
 * @example
 * await promoteOrExplain(store, "notes", version, await readCurrent(store, "notes"));
 */
export function promoteOrExplain(
  store: ObjectStore,
  name: string,
  version: string,
  expected: Current,
): Promise<Pointer> {
  return orExplain(store, name, version, promoteVersion(store, name, version, expected));
}

/**
 * Begins a canary, or changes its share; a lost race becomes a sentence that says who won.
 * @example
 * await beginCanary(store, "notes", { version, share: 0.1 }, await readCurrent(store, "notes"));
 */
export function beginCanary(
  store: ObjectStore,
  name: string,
  canary: { version: string; share: number },
  expected: Current,
): Promise<Pointer> {
  return orExplain(store, name, canary.version, setCanary(store, name, canary, expected));
}

async function orExplain(
  store: ObjectStore,
  name: string,
  version: string,
  move: Promise<Pointer>,
): Promise<Pointer> {
  try {
    return await move;
  } catch (error) {
    if (!(error instanceof ConflictError)) throw error;
    const winner = (await readCurrent(store, name)).pointer?.version ?? "another version";
    throw new Error(
      `${winner} became current meanwhile and stays so; ${version} is in the store and nothing else was changed: ` +
        `"afterword promote --version ${version}" compares it with the new one`,
      { cause: error },
    );
  }
}

async function runGate(
  store: ObjectStore,
  { name, files, corpus, tolerance, threads, signal, onNotice, onProgress }: ReleaseOptions,
  { pointer }: Current,
): Promise<GateCheck[]> {
  if (corpus === undefined) {
    throw new Error("nothing says which text it was trained on; name one to score with --corpus");
  }
  const scratch = await mkdtemp(join(tmpdir(), "corpus-"));
  try {
    const incumbent =
      pointer && (await readVersion(store, name, pointer.version).catch(failedToLoad));
    if (incumbent instanceof Error) {
      onNotice?.(
        `nothing to compare with, the current version does not load: ${incumbent.message}`,
      );
    }
    const current = incumbent instanceof Error ? null : (incumbent?.edge ?? null);
    const text = await bringCorpus(store, corpus, scratch);
    const options = { corpus: text, threads, signal, onProgress };
    return checkGate(await evaluateCandidate(files, current, options), tolerance);
  } finally {
    await rm(scratch, { recursive: true });
  }
}

/** A job's corpus is in the store, and its card says so: `corpora/<name>/`. Any other is a path already. */
async function bringCorpus(store: ObjectStore, corpus: string, scratch: string): Promise<string> {
  const [, name] = /^corpora\/([^/]+)\/$/.exec(corpus) ?? [];
  if (name === undefined) return corpus;
  await pullCorpus(store, name, scratch);
  return scratch;
}

/** A current version that is broken must not stand in the way of one that is whole. */
function failedToLoad(error: unknown): Error {
  if (isUnavailable(error)) throw error; // it is not broken: nobody knows
  return error as Error;
}

function heldBack(
  name: string,
  version: string,
  { pointer }: Current,
  checks: GateCheck[],
  reason: string,
): Release {
  const current = pointer?.version ?? null;
  const sequence = pointer?.sequence ?? null;
  return { name, version, promoted: false, sequence, current, checks, reason };
}
