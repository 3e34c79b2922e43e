// edge/model-file: a model's edge file as a download, for whoever predicts where the reader is. A version's file never
// changes, so its version is its ETag.

import { edgeKey } from "#model/layout";
import { ApiError } from "./errors.ts";

/** Under the version's own address for ever; under the model's, to be asked for again. */
const [IMMUTABLE, CHECKED] = ["private, max-age=31536000, immutable", "private, no-cache"];

/** A file that is asked for. */
export interface FileRequest {
  version: string;
  bytes: number;
  sha256?: string; // hex, where it is known
  isNamed: boolean; // whether the request named the version
  headers: Headers;
}

/**
 * A version's file, or the part of it that `Range` asks for; 304 to whoever has it.
 *
 * @throws ApiError 503 where the file is not there
 */
export async function respondWithFile(
  store: R2Bucket,
  name: string,
  { version, bytes, sha256, isNamed, headers: request }: FileRequest,
): Promise<Response> {
  const etag = `"${version}"`;
  const headers = new Headers({
    etag,
    "accept-ranges": "bytes",
    "cache-control": isNamed ? IMMUTABLE : CHECKED,
    "content-type": "application/octet-stream",
    "x-afterword-version": version,
  });
  if (sha256) headers.set("repr-digest", `sha-256=:${Uint8Array.fromHex(sha256).toBase64()}:`);
  const known = request.get("if-none-match");
  if (known && matches(known, etag)) return new Response(null, { status: 304, headers });
  const range = rangeOf(request, etag, bytes);
  if (range === "unsatisfiable") {
    headers.set("content-range", `bytes */${bytes}`);
    return new Response(null, { status: 416, headers });
  }
  const object = await store.get(edgeKey(name, version), range ? { range } : {});
  if (!object) {
    const message = `the file of version ${version} is not in the bucket; publish it again`;
    throw new ApiError({ status: 503, code: "model_broken", message, retryAfterSeconds: 5 });
  }
  const { offset, length } = range ?? { offset: 0, length: bytes };
  headers.set("content-length", String(length));
  if (range) headers.set("content-range", `bytes ${offset}-${offset + length - 1}/${bytes}`);
  const body = object.body.pipeThrough(new FixedLengthStream(length));
  return new Response(body, { status: range ? 206 : 200, headers });
}

function matches(list: string, etag: string): boolean {
  return list.split(",").some((entry) => ["*", etag].includes(entry.trim().replace(/^W\//, "")));
}

/** One range; several, or none that makes sense, are answered with the whole file, as a server may. */
function rangeOf(request: Headers, etag: string, bytes: number) {
  const condition = request.get("if-range");
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(request.get("range") ?? "");
  if (!match || (condition !== null && condition !== etag)) return null;
  const [first, last] = [match[1]!, match[2]!];
  if (first === "" && last === "") return null;
  const begin = first === "" ? Math.max(bytes - Number(last), 0) : Number(first);
  const end = first === "" || last === "" ? bytes - 1 : Math.min(Number(last), bytes - 1);
  if (begin >= bytes || (first === "" && Number(last) === 0)) return "unsatisfiable";
  return end < begin ? null : { offset: begin, length: end - begin + 1 };
}
