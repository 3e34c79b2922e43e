// edge/list-models: the models that the bucket has a current version of, and what is known of each. Loads none of them.

import { cardKey, currentKey, decodePointer, MODEL_NAME } from "#model/layout";
import type { Pointer } from "#model/layout";
import type { ModelMetadata } from "#model/metadata";

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
  const pointer = await findPointer(store, id);
  if (!pointer) return null;
  const { version, promotedAt } = pointer;
  const created = Math.floor(Date.parse(promotedAt) / 1000);
  return { id, object: "model", created, owned_by: "afterword", version };
}

/** What a publisher writes beside a version: of this, more may be there. */
type StoredCard = Pick<ModelMetadata, "config" | "tokenizer" | "metrics"> & { createdAt: string };

/** What the card of a model's current version says, null where there is none. */
export async function findCard(store: R2Bucket, id: string) {
  const pointer = await findPointer(store, id);
  const object = pointer && (await store.get(cardKey(id, pointer.version)));
  if (!object) return null;
  const { config, tokenizer, metrics, createdAt } = await object.json<StoredCard>();
  const numbers = Object.entries(metrics).filter(([, value]) => typeof value === "number");
  return {
    model: id,
    version: pointer.version,
    created_at: createdAt,
    promoted_at: pointer.promotedAt,
    vocabulary_size: config.vocabularySize,
    hidden_size: config.hiddenSize,
    layers: config.layers,
    tokenizer,
    metrics: Object.fromEntries(numbers),
  };
}

async function findPointer(store: R2Bucket, id: string): Promise<Pointer | null> {
  if (!MODEL_NAME.test(id)) return null;
  const object = await store.get(currentKey(id));
  return object && decodePointer(await object.text());
}
