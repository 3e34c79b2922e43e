// model/layout: where a model's objects lie in a store, and what the pointer to the current version says.

/** What a model is called: lower-case letters, digits and hyphens. */
export const MODEL_NAME = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
/** What a version is called: sorts by time, e.g. `20261123-205312-3f9a1c`. */
export const VERSION_NAME = /^\d{8}-\d{6}-[0-9a-f]{6}$/;

/** The name used where none is given. */
export const DEFAULT_MODEL_NAME = "default";

/** `models/<name>/current.json`: moving it is the whole of a release. */
export interface Pointer {
  version: string;
  sha256: string; // of the version's edge file, hex
  bytes: number; // of the version's edge file
  promotedAt: string; // ISO 8601
  sequence: number; // counts promotions from 1
  action?: "promote" | "rollback" | "canary"; // what moved it; "canary": a canary began or ended, the version stayed
  returnsTo?: number; // the promotion that a rollback goes back to; none where there is nothing to go back to
  canary?: Canary;
}

/** A version that some sessions are served in place of the current one, to compare the two. */
export interface Canary {
  version: string;
  sha256: string; // of its edge file, hex
  bytes: number; // of its edge file
  share: number; // of all sessions, between 0 and 1
  startedAt: string; // ISO 8601
}

/** @example currentKey("notes"); // "models/notes/current.json" */
export const currentKey = (name: string) => `models/${name}/current.json`;
/** Words that no version of a model suggests, one a line. @example suppressedKey("notes"); // "models/notes/suppressed.txt" */
export const suppressedKey = (name: string) => `models/${name}/suppressed.txt`;
/** @example versionsPrefix("notes"); // "models/notes/versions/" */
export const versionsPrefix = (name: string) => `models/${name}/versions/`;
const versionPrefix = (name: string, version: string) => `${versionsPrefix(name)}${version}/`;
/** Where a version's float32 file is, below `versionsPrefix`: `<version>/master.safetensors`. */
export const masterKey = (name: string, version: string) =>
  `${versionPrefix(name, version)}master.safetensors`;
/** Like `masterKey`, of the int8 file that the edge serves. */
export const edgeKey = (name: string, version: string) =>
  `${versionPrefix(name, version)}edge.safetensors`;
/** Like `masterKey`, of the version's card: written last, it says that a version is complete. */
export const cardKey = (name: string, version: string) =>
  `${versionPrefix(name, version)}card.json`;
/** @example promotionsPrefix("notes"); // "models/notes/promotions/" */
export const promotionsPrefix = (name: string) => `models/${name}/promotions/`;
/** @param sequence of the promotion, from 1 */
export const promotionKey = (name: string, sequence: number) =>
  `${promotionsPrefix(name)}${String(sequence).padStart(8, "0")}.json`;

/** Of all versions of a model: how often their suggestions were shown and accepted. */
export const feedbackKey = (name: string) => `models/${name}/feedback.json`;

/**
 * Reads and checks a pointer. A canary that is not described as it should be is left out: what is current is served.
 * @param json the bytes of current.json as text
 * @throws Error with what is wrong with it
 * @example decodePointer(await object.text()).version; // "20261123-205312-3f9a1c"
 */
export function decodePointer(json: string): Pointer {
  let pointer: Pointer;
  try {
    pointer = JSON.parse(json) as Pointer;
  } catch (cause) {
    throw new Error("current.json is not JSON; publish the model again", { cause });
  }
  pointer ??= {} as Pointer; // null is JSON too
  const { version, sha256, bytes, promotedAt, sequence, action, returnsTo, canary } = pointer;
  const fits =
    namesFile(pointer) &&
    typeof promotedAt === "string" &&
    Number.isSafeInteger(sequence) &&
    (returnsTo === undefined || Number.isSafeInteger(returnsTo));
  if (!fits) {
    throw new Error(
      "current.json does not name a version with its sha256 and bytes; publish again",
    );
  }
  return {
    version,
    sha256,
    bytes,
    promotedAt,
    sequence,
    ...(action && { action }),
    ...(returnsTo !== undefined && { returnsTo }),
    ...(canary && namesFile(canary) && canary.share > 0 && canary.share < 1 && { canary }),
  };
}

function namesFile({ version, sha256, bytes }: Pick<Pointer, "version" | "sha256" | "bytes">) {
  return VERSION_NAME.test(version) && /^[0-9a-f]{64}$/.test(sha256) && Number.isSafeInteger(bytes);
}
