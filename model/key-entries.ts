// model/key-entries: how a list of API keys is written: cdk.json is checked by this, and the edge reads its secret with it. A
// list has entries, separated by white space or commas:
//
//   [owner:]sha256[;models=a|b][;scope=predict][;origins=https://a.example|https://b.example]
//
//   owner     keys of one owner reach the same sessions, so a key is changed by adding the new one, then removing the old
//   sha256    of the key, in hexadecimal
//   models    the models that the key knows of; all where it is left out
//   scope     "predict": predictions and sessions alone, for keys that are given to others
//   origins   the pages that may use the key, for keys that lie in pages

import { MODEL_NAME } from "./layout.ts";

/** What an entry says of a key. */
export interface KeyEntry {
  owner: string; // the hash itself where none is named
  sha256: string; // lower-case hex
  models: string[] | null; // null: all
  predictsOnly: boolean;
  origins: string[] | null; // null: any
}

const ENTRY = /^(?:(?<owner>[\w.-]+):)?(?<sha256>[0-9a-f]{64})(?<limits>(?:;[a-z]+=[^;]+)*)$/i;
const LIMITS = ["models", "scope", "origins"];

/**
 * The entries of a list.
 * @example splitKeyEntries("ann:0a…, bob:1b…"); // ["ann:0a…", "bob:1b…"]
 */
export function splitKeyEntries(list: string): string[] {
  return list.split(/[\s,]+/).filter((entry) => entry !== "");
}

/**
 * Reads an entry.
 * @throws Error with what is wrong, to follow the entry's name
 * @example
 * readKeyEntry("ann:0a…;scope=predict"); // { owner: "ann", sha256: "0a…", models: null, predictsOnly: true, origins: null }
 */
export function readKeyEntry(entry: string): KeyEntry {
  const { owner, sha256, limits = "" } = ENTRY.exec(entry)?.groups ?? {};
  if (!sha256) {
    throw new Error('is not "[owner:]<sha256 in hex>", with ;models= ;scope= ;origins= behind it or not'); // prettier-ignore
  }
  const found: Record<string, string[]> = {};
  for (const limit of limits.split(";").slice(1)) {
    const [name, values] = [limit.slice(0, limit.indexOf("=")), limit.slice(limit.indexOf("=") + 1)]; // prettier-ignore
    if (!LIMITS.includes(name)) throw new Error(`has ${name}=, which is none of models=, scope=, origins=`); // prettier-ignore
    found[name] = values.split("|");
  }
  const { models = null, scope = null, origins = null } = found;
  const wrong = models?.find((name) => !MODEL_NAME.test(name));
  if (wrong !== undefined) throw new Error(`has "${wrong}", which is no model's name, in models=`);
  if (scope && scope.join() !== "predict") throw new Error(`has scope=${scope.join("|")}; the only one is scope=predict`); // prettier-ignore
  const hex = sha256.toLowerCase();
  return { owner: owner ?? hex, sha256: hex, models, predictsOnly: scope !== null, origins };
}
