// edge/list-models: the models that the bucket has a current version of. Loads none of them.

import { currentKey, decodePointer } from "#model/layout";

const MAX_MODELS = 100;

export interface ListedModel {
  id: string;
  version: string;
  created: number; // when the version became current, in seconds since 1970
}

export async function listModels(store: R2Bucket): Promise<ListedModel[]> {
  const found = await store.list({ prefix: "models/", delimiter: "/", limit: MAX_MODELS });
  const names = found.delimitedPrefixes.map((prefix) => prefix.split("/")[1]!);
  const listed = await Promise.all(
    names.map(async (id) => {
      const object = await store.get(currentKey(id));
      if (!object) return []; // uploaded, not promoted yet
      const { version, promotedAt } = decodePointer(await object.text());
      return [{ id, version, created: Math.floor(Date.parse(promotedAt) / 1000) }];
    }),
  );
  return listed.flat();
}
