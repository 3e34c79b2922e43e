// edge/list-models: the models that the bucket has a current version of, and what is known of each. Loads none of them.

import { cardKey, currentKey, decodePointer, MODEL_NAME } from "#model/layout";
import type { Pointer } from "#model/layout";
import type { ModelMetadata } from "#model/metadata";
import { ApiError } from "./errors.ts";

const PAGE_MODELS = 1_000;
const BROKEN = "model_broken";
/** A Worker may wait for so many answers of its bucket at once. */
const PARALLEL_READS = 6;

export interface ListedModel {
  id: string;
  object: "model";
  created: number; // when the version became current, in seconds since 1970
  owned_by: "afterword";
  version: string;
}

/** The models among those with an accepted name; one whose pointer is damaged is left out, as it cannot be served. */
export async function listModels(
  store: R2Bucket,
  isAllowed: (name: string) => boolean,
): Promise<ListedModel[]> {
  const names = (await modelNames(store)).filter(isAllowed);
  const models: ListedModel[] = [];
  for (let first = 0; first < names.length; first += PARALLEL_READS) {
    const some = names.slice(first, first + PARALLEL_READS);
    const found = await Promise.all(some.map((name) => findModel(store, name).catch(ignoreBroken)));
    models.push(...found.filter((model) => model !== null)); // uploaded, but not promoted yet
  }
  return models;
}

async function modelNames(store: R2Bucket): Promise<string[]> {
  const names: string[] = [];
  let cursor: string | undefined;
  do {
    const options = { prefix: "models/", delimiter: "/", limit: PAGE_MODELS };
    const found = await store.list({ ...options, ...(cursor && { cursor }) });
    names.push(...found.delimitedPrefixes.map((prefix) => prefix.split("/")[1]!));
    cursor = found.truncated ? found.cursor : undefined;
  } while (cursor !== undefined);
  return names;
}

/** A model by its name, null where it has no current version. */
export async function findModel(store: R2Bucket, id: string): Promise<ListedModel | null> {
  const pointer = await findPointer(store, id);
  if (!pointer) return null;
  const { version, promotedAt } = pointer;
  const created = Math.floor(Date.parse(promotedAt) / 1000) || 0;
  return { id, object: "model", created, owned_by: "afterword", version };
}

/** What a publisher writes beside a version: of this, more may be there. */
type StoredCard = Pick<ModelMetadata, "config" | "tokenizer" | "metrics"> & { createdAt: string };

/** What the card of a model's current version says, null where there is none. */
export async function findCard(store: R2Bucket, id: string) {
  const pointer = await findPointer(store, id);
  const object = pointer && (await store.get(cardKey(id, pointer.version)));
  if (!object) return null;
  const card = await object.json<StoredCard | null>().catch(() => null);
  if (!card?.config) return null;
  const { config, tokenizer, metrics, createdAt } = card;
  const numbers = Object.entries(metrics ?? {}).filter(([, value]) => typeof value === "number");
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

/**
 * What a model's pointer says, null where there is none.
 *
 * @throws ApiError 503 where it is damaged
 */
export async function findPointer(store: R2Bucket, id: string): Promise<Pointer | null> {
  if (!MODEL_NAME.test(id)) return null;
  const object = await store.get(currentKey(id));
  const json = await object?.text();
  try {
    return json === undefined ? null : decodePointer(json);
  } catch (error) {
    const message = `the model "${id}" cannot be served: ${(error as Error).message}`;
    throw new ApiError({ status: 503, code: BROKEN, message, retryAfterSeconds: 5 });
  }
}

function ignoreBroken(error: unknown): null {
  if (error instanceof ApiError && error.failure.code === BROKEN) return null;
  throw error;
}
