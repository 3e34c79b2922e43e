// edge/file-cache: edge files in Cloudflare's cache, in the data centre of whoever reads them, in front of the bucket. A file
// lies there under its version and digest, and its reader checks the digest: the cache is asked first, never trusted. On
// workers.dev it holds nothing. None of its failures is a request's.

/** What names a file. */
interface FileName {
  key: string; // in the bucket
  sha256: string;
  bytes: number;
}

const MAX_AGE_SECONDS = 31_536_000; // the digest's file never changes

/** The file's body, null where the cache has none, or one of another size. */
export async function findCached(file: FileName) {
  try {
    const response = await caches.default.match(addressOf(file));
    if (!response?.body) return null;
    if (response.headers.get("content-length") === String(file.bytes)) return response.body;
    await response.body.cancel();
  } catch {
    // out of order, or more calls than a request has
  }
  return null;
}

/** Copies a file from the bucket into the cache: read once more, as two readers of one body would hold it in memory. */
export async function cacheFile(store: R2Bucket, file: FileName) {
  const cache = caches.default;
  try {
    const object = await store.get(file.key);
    if (!object) return;
    const headers = {
      "cache-control": `public, max-age=${MAX_AGE_SECONDS}, immutable`,
      "content-length": String(file.bytes),
    };
    await cache.put(addressOf(file), new Response(object.body, { headers }));
  } catch {
    // larger than the cache takes, or out of order: the bucket is asked again next time
  }
}

/** Takes a file out that is not what its digest says. */
export async function dropCached(file: FileName): Promise<void> {
  await caches.default.delete(addressOf(file)).catch(() => {}); // then it is read and refused once more
}

/** An address that no zone serves: nobody reaches a closed deployment's models by it. */
function addressOf({ key, sha256 }: FileName): string {
  return `https://edge-files.invalid/${sha256}/${key}`;
}
