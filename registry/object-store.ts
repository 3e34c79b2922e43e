// registry/object-store: one bucket over the S3 protocol, with conditional writes. Knows no models.

import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import {
  ConflictError,
  explainStoreError,
  isConflict,
  isMissing,
  UnavailableError,
} from "./store-errors.ts";
import type { StoreLocation } from "./store-location.ts";

export { ConflictError, UnavailableError } from "./store-errors.ts";
export type { StoreLocation } from "./store-location.ts";

const ATTEMPTS = 3;
const CONNECTION_LIMIT_MS = 10_000;
const SILENCE_LIMIT_MS = 60_000; // of a server that has the connection and says nothing
const PATIENT_PAUSE_MS = 5_000;
const ANY_REGION = "us-east-1"; // S3 there knows where every bucket is

/** An object and its entity tag. */
export interface StoredObject {
  body: Uint8Array;
  etag: string;
}

/** An object of a list. */
export interface ListedObject {
  key: string;
  bytes: number;
  etag: string;
}

/** At most one of the two: the object must not exist yet, or must still be the one with this etag. */
export type WriteCondition = { ifAbsent: true } | { ifMatch: string };

/** How long a store is given. */
export interface StoreOptions {
  attempts?: number; // how often a request is sent that fails in a way that may pass; @default 3
  patienceMs?: number; // how long such requests are then made again and again; @default 0
}

/**
 * One bucket. What fails in a way that a user can mend throws a sentence.
 *
 * @example await new ObjectStore({ bucket: "models" }).put("models/notes/current.json", json, { ifAbsent: true });
 */
export class ObjectStore {
  readonly location: StoreLocation;
  readonly #attempts: number;
  readonly #patienceMs: number;
  readonly #client: S3Client;

  constructor(location: StoreLocation, { attempts = ATTEMPTS, patienceMs = 0 }: StoreOptions = {}) {
    this.location = location;
    this.#attempts = attempts;
    this.#patienceMs = patienceMs;
    this.#client = new S3Client({
      maxAttempts: attempts,
      requestHandler: { connectionTimeout: CONNECTION_LIMIT_MS, socketTimeout: SILENCE_LIMIT_MS },
      ...(location.endpoint
        ? { endpoint: location.endpoint, region: "auto", forcePathStyle: true }
        : { region: configuredRegion, followRegionRedirects: true }),
      ...(location.credentials && { credentials: location.credentials }),
    });
  }

  /**
   * The object, or null where there is none.
   * @throws Error where the bucket is missing or closed; UnavailableError where the store fails
   */
  get(key: string): Promise<StoredObject | null> {
    return this.#orNull(async () => {
      const command = new GetObjectCommand({ Bucket: this.location.bucket, Key: key });
      for (let attempt = 1; ; attempt++) {
        const { Body, ETag } = await this.#client.send(command);
        try {
          return { body: await Body!.transformToByteArray(), etag: ETag! };
        } catch (error) {
          // the SDK sends a request again, but not one whose answer broke off in the middle
          if (attempt === this.#attempts) throw new UnavailableError("an answer of the store broke off", { cause: error }); // prettier-ignore
        }
      }
    });
  }

  /**
   * Writes an object whole.
   * @throws ConflictError where the condition does not hold and another's bytes are there. The same bytes are success: the
   *   write was made and its answer lost, and it was refused when it was sent again.
   */
  async put(key: string, body: Uint8Array | string, condition?: WriteCondition): Promise<void> {
    const command = new PutObjectCommand({
      Bucket: this.location.bucket,
      Key: key,
      Body: Buffer.from(body),
      ContentType: key.endsWith(".json") ? "application/json" : "application/octet-stream",
      ...(condition && "ifAbsent" in condition && { IfNoneMatch: "*" }),
      ...(condition && "ifMatch" in condition && { IfMatch: condition.ifMatch }),
    });
    await this.#patiently(async () => {
      try {
        await this.#client.send(command);
      } catch (error) {
        if (!condition || !isConflict(error)) throw error;
        const found = await this.get(key);
        if (found && Buffer.from(body).equals(found.body)) return;
        throw new ConflictError(`"${key}" was written by somebody else meanwhile`, {
          cause: error,
        });
      }
    });
  }

  /** Deletes an object; it may be gone already. */
  async delete(key: string): Promise<void> {
    const command = new DeleteObjectCommand({ Bucket: this.location.bucket, Key: key });
    await this.#patiently(() => this.#client.send(command));
  }

  /** Keys under a prefix, in order; with `folders`, only the names one level below it. */
  async list(prefix: string, { folders = false } = {}): Promise<string[]> {
    const names: string[] = [];
    let token: string | undefined;
    do {
      const page = await this.#page(prefix, { token, delimiter: folders ? "/" : undefined });
      if (folders) {
        for (const { Prefix } of page.CommonPrefixes ?? []) {
          names.push(Prefix!.slice(prefix.length, -1));
        }
      } else {
        for (const { Key } of page.Contents ?? []) names.push(Key!);
      }
      token = page.NextContinuationToken;
    } while (token);
    return names;
  }

  /** Objects under a prefix, in order of their keys. */
  async listObjects(prefix: string): Promise<ListedObject[]> {
    const objects: ListedObject[] = [];
    let token: string | undefined;
    do {
      const page = await this.#page(prefix, { token });
      for (const { Key, Size, ETag } of page.Contents ?? []) {
        objects.push({ key: Key!, bytes: Size!, etag: ETag! });
      }
      token = page.NextContinuationToken;
    } while (token);
    return objects;
  }

  #page(prefix: string, { token, delimiter }: { token?: string; delimiter?: string }) {
    return this.#patiently(() =>
      this.#client.send(
        new ListObjectsV2Command({
          Bucket: this.location.bucket,
          Prefix: prefix,
          ContinuationToken: token,
          Delimiter: delimiter,
        }),
      ),
    );
  }

  async #orNull<T>(read: () => Promise<T>): Promise<T | null> {
    return this.#patiently(async () => {
      try {
        return await read();
      } catch (error) {
        if (isMissing(error)) return null;
        throw error;
      }
    });
  }

  /** Makes a request, again while the store is in trouble and there is patience left; explains what it fails of. */
  async #patiently<T>(request: () => Promise<T>): Promise<T> {
    const until = performance.now() + this.#patienceMs;
    for (;;) {
      try {
        return await request();
      } catch (error) {
        const explained = explainStoreError(error, this.location);
        if (!(explained instanceof UnavailableError) || performance.now() >= until) throw explained;
        await new Promise((resolve) => setTimeout(resolve, PATIENT_PAUSE_MS));
      }
    }
  }
}

/** The region of the environment or the profile; without one any does, as S3 tells where a bucket is. */
async function configuredRegion(): Promise<string> {
  return new S3Client().config.region().catch(() => ANY_REGION);
}
