// registry/object-store: one bucket over the S3 protocol, with conditional writes. Knows no models.

import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
} from "@aws-sdk/client-s3";

const ATTEMPTS = 3;
const CONNECTION_LIMIT_MS = 10_000;
const SILENCE_LIMIT_MS = 60_000; // of a server that has the connection and says nothing

/** Where a bucket is and how to sign for it. */
export interface StoreLocation {
  bucket: string;
  endpoint?: string; // AWS S3 itself when absent
  credentials?: { accessKeyId: string; secretAccessKey: string };
}

/** The condition of a write did not hold: somebody else wrote first. Read again and decide again. */
export class ConflictError extends Error {}

export interface StoredObject {
  body: Uint8Array;
  etag: string;
}

export interface ListedObject {
  key: string;
  bytes: number;
  etag: string;
}

/** At most one of the two: the object must not exist yet, or must still be the one with this etag. */
export type WriteCondition = { ifAbsent: true } | { ifMatch: string };

export class ObjectStore {
  readonly location: StoreLocation;
  readonly #attempts: number;
  readonly #client: S3Client;

  /** @param attempts how often a request is sent that fails in a way that may pass, ever longer waits between */
  constructor(location: StoreLocation, { attempts = ATTEMPTS } = {}) {
    this.location = location;
    this.#attempts = attempts;
    this.#client = new S3Client({
      maxAttempts: attempts,
      requestHandler: { connectionTimeout: CONNECTION_LIMIT_MS, socketTimeout: SILENCE_LIMIT_MS },
      ...(location.endpoint && {
        endpoint: location.endpoint,
        region: "auto",
        forcePathStyle: true,
      }),
      ...(location.credentials && { credentials: location.credentials }),
    });
  }

  /** The object, or null where there is none. */
  async get(key: string): Promise<StoredObject | null> {
    const command = new GetObjectCommand({ Bucket: this.location.bucket, Key: key });
    try {
      for (let attempt = 1; ; attempt++) {
        const { Body, ETag } = await this.#client.send(command);
        try {
          return { body: await Body!.transformToByteArray(), etag: ETag! };
        } catch (error) {
          // the SDK sends a request again, but not one whose answer broke off in the middle
          if (attempt === this.#attempts) throw error;
        }
      }
    } catch (error) {
      if (isStatus(error, 404)) return null;
      throw explain(error, this.location);
    }
  }

  /** The object's size in bytes, or null where there is none. */
  async size(key: string): Promise<number | null> {
    try {
      const answer = await this.#client.send(
        new HeadObjectCommand({ Bucket: this.location.bucket, Key: key }),
      );
      return answer.ContentLength ?? null;
    } catch (error) {
      if (isStatus(error, 404)) return null;
      throw explain(error, this.location);
    }
  }

  /** Writes an object whole; throws `ConflictError` where the condition does not hold. */
  async put(key: string, body: Uint8Array | string, condition?: WriteCondition): Promise<void> {
    try {
      await this.#client.send(
        new PutObjectCommand({
          Bucket: this.location.bucket,
          Key: key,
          Body: body,
          ContentType: key.endsWith(".json") ? "application/json" : "application/octet-stream",
          ...(condition && "ifAbsent" in condition && { IfNoneMatch: "*" }),
          ...(condition && "ifMatch" in condition && { IfMatch: condition.ifMatch }),
        }),
      );
    } catch (error) {
      // S3 answers a lost race in three ways: the condition failed, a rival was writing, or the object is gone
      if (condition && [412, 409, 404].some((status) => isStatus(error, status))) {
        throw new ConflictError(`"${key}" was written by somebody else meanwhile`, {
          cause: error,
        });
      }
      throw explain(error, this.location);
    }
  }

  /** Deletes an object; it may be gone already. */
  async delete(key: string): Promise<void> {
    try {
      await this.#client.send(new DeleteObjectCommand({ Bucket: this.location.bucket, Key: key }));
    } catch (error) {
      throw explain(error, this.location);
    }
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

  async #page(prefix: string, { token, delimiter }: { token?: string; delimiter?: string }) {
    try {
      return await this.#client.send(
        new ListObjectsV2Command({
          Bucket: this.location.bucket,
          Prefix: prefix,
          ContinuationToken: token,
          Delimiter: delimiter,
        }),
      );
    } catch (error) {
      throw explain(error, this.location);
    }
  }
}

function isStatus(error: unknown, status: number): boolean {
  return error instanceof S3ServiceException && error.$metadata.httpStatusCode === status;
}

/** Turns the failures that a user can mend into sentences; others pass unchanged. */
function explain(error: unknown, { bucket, endpoint = "AWS S3" }: StoreLocation): unknown {
  if (error instanceof S3ServiceException) {
    const status = error.$metadata.httpStatusCode;
    if (error.name === "NoSuchBucket") {
      return new Error(`there is no bucket "${bucket}" at ${endpoint}; check the store's address`);
    }
    if (status === 401 || status === 403) {
      return new Error(
        `${endpoint} refuses access to bucket "${bucket}"; check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY`,
      );
    }
    if (status !== undefined && status >= 500) {
      return new Error(`the store at ${endpoint} fails (${status} ${error.name}); try again later`);
    }
    return error;
  }
  const { code, name } = error as { code?: string; name?: string };
  if (code === "ECONNREFUSED" || code === "ENOTFOUND" || code === "ECONNRESET") {
    return new Error(
      `cannot reach the store at ${endpoint} (${code}); start the local one with "npm start", or name another with --store`,
    );
  }
  if (name === "CredentialsProviderError") {
    return new Error(
      `no credentials for bucket "${bucket}"; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY`,
    );
  }
  return error;
}
