// registry/url: reads the one line that names a store.

import type { StoreLocation } from "./object-store.ts";

/** The bucket that the local edge emulates, and the keys that its endpoint takes (edge/wrangler.jsonc). */
export const LOCAL_BUCKET = "afterword-models";
const LOCAL_PATH = "/cdn-cgi/local/r2/s3/";
const LOCAL_CREDENTIALS = { accessKeyId: "local", secretAccessKey: "local-secret" };

/**
 * The local edge's store, e.g. `http://127.0.0.1:8787/cdn-cgi/local/r2/s3/afterword-models`.
 * @example
 * localStoreAddress(8787); // "http://127.0.0.1:8787/cdn-cgi/local/r2/s3/afterword-models"
 */
export function localStoreAddress(port: number): string {
  return `http://127.0.0.1:${port}${LOCAL_PATH}${LOCAL_BUCKET}`;
}

/**
 * Reads a store's address. Credentials come from the environment (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and the
 * rest of the AWS SDK's chain), but for the local edge, whose keys are known.
 *
 * @example
 * readStoreAddress("s3://bucket"); // AWS S3
 * readStoreAddress("https://<account>.r2.cloudflarestorage.com/bucket"); // R2, or any other S3 endpoint
 * @throws Error where it is none
 */
export function readStoreAddress(address: string): StoreLocation {
  const url = URL.parse(address);
  if (url?.protocol === "s3:" && url.hostname !== "" && /^\/?$/.test(url.pathname)) {
    return { bucket: url.hostname };
  }
  if (url?.protocol === "http:" || url?.protocol === "https:") {
    const path = url.pathname.replace(/\/$/, "");
    const bucket = path.slice(path.lastIndexOf("/") + 1);
    const endpoint = url.origin + path.slice(0, -bucket.length - 1);
    const isLocal = path.startsWith(LOCAL_PATH);
    if (bucket) return { bucket, endpoint, ...(isLocal && { credentials: LOCAL_CREDENTIALS }) };
  }
  throw new Error(
    `"${address}" does not name a store; write s3://BUCKET or https://ENDPOINT/BUCKET`,
  );
}

/**
 * Reads the address of objects under a prefix, e.g. a run's: the store's, then the prefix.
 *
 * @example
 * readObjectAddress("s3://bucket/runs/notes"); // { location: { bucket }, prefix: "runs/notes" }
 * readObjectAddress("https://<account>.r2.cloudflarestorage.com/bucket/runs/notes");
 * @throws Error where it names no object
 */
export function readObjectAddress(address: string): { location: StoreLocation; prefix: string } {
  const start = /^(s3:\/\/[^/]+|https?:\/\/[^/]+(?:\/cdn-cgi\/local\/r2\/s3)?\/[^/]+)\//.exec(
    address,
  )?.[1];
  const prefix = address.slice((start?.length ?? 0) + 1).replace(/\/$/, "");
  if (start === undefined || prefix === "") {
    throw new Error(
      `"${address}" names no place in a store; write s3://BUCKET/runs/NAME or https://ENDPOINT/BUCKET/runs/NAME`,
    );
  }
  return { location: readStoreAddress(start), prefix };
}

/**
 * The address that `readObjectAddress` reads.
 * @example
 * formatObjectAddress({ bucket: "bucket" }, "runs/notes"); // "s3://bucket/runs/notes"
 */
export function formatObjectAddress({ bucket, endpoint }: StoreLocation, prefix: string): string {
  return endpoint ? `${endpoint}/${bucket}/${prefix}` : `s3://${bucket}/${prefix}`;
}
