// test/model/key-entries: entries of a list of API keys that the edge, and so cdk.json, takes and refuses.

const HASH = "0".repeat(63) + "a";

export const TAKEN_ENTRIES = [
  HASH,
  HASH.toUpperCase(),
  `ann:${HASH}`,
  `ann.b_c-1:${HASH}`,
  `${HASH};models=mail`,
  `ann:${HASH};models=mail|notes-2`,
  `ann:${HASH};scope=predict`,
  `ann:${HASH};origins=https://a.example|https://b.example:8080`,
  `ann:${HASH};models=mail;scope=predict;origins=https://a.example`,
  `ann:${HASH};origins=https://a.example;scope=predict`,
];

/** Each with a part of what the edge says of it. */
export const REFUSED_ENTRIES: [string, string][] = [
  ["key", "is not"],
  [HASH.slice(1), "is not"],
  [`${HASH}0`, "is not"],
  [`an/n:${HASH}`, "is not"],
  [`${HASH};`, "is not"],
  [`${HASH};scope`, "is not"],
  [`${HASH};models=`, "models="],
  [`${HASH};models=Not_A_Model`, "models="],
  [`${HASH};models=mail|`, "models="],
  [`${HASH};scope=admin`, "scope=predict"],
  [`${HASH};scope=predict|admin`, "scope=predict"],
  [`${HASH};Scope=predict`, "none of models="],
  [`${HASH};origin=https://a.example`, "none of models="],
];
