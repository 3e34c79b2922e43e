// edge/list-models: the models that the bucket has a current version of. Loads none of them.

import { currentKey, decodePointer, MODEL_NAME } from "#model/layout";

const MAX_MODELS = 100;

export interface ListedModel {
  id: string;
  object: "model";
  created: number; // when the version became current, in seconds since 1970
  owned_by: "afterword";
  version: string;
}

export async function listModels(store: R2Bucket): Promise<ListedModel[]> {
  const found = await store.list({ prefix: "models/", delimiter: "/", limit: MAX_MODELS });
  const names = found.delimitedPrefixes.map((prefix) => prefix.split("/")[1]!);
  const models = await Promise.all(names.map((name) => findModel(store, name)));
  return models.filter((model) => model !== null); // uploaded, but not promoted yet
}

/** A model by its name, null where it has no current version. */
export async function findModel(store: R2Bucket, id: string): Promise<ListedModel | null> {
  if (!MODEL_NAME.test(id)) return null;
  const object = await store.get(currentKey(id));
  if (!object) return null;
  const { version, promotedAt } = decodePointer(await object.text());
  const created = Math.floor(Date.parse(promotedAt) / 1000);
  return { id, object: "model", created, owned_by: "afterword", version };
}
