// training/run/run-json: JSON among a run's files, checked against what a reader needs of it: it may be of another release, or cut off.

import type { z } from "zod";
import type { RunFiles } from "./files.ts";

/**
 * A file's value, or null where there is no such file.
 * @throws where it is not what this release reads, naming the file and the first thing that is wrong with it
 */
export async function readRunJson<T>(
  files: RunFiles,
  name: string,
  schema: z.ZodType<T>,
): Promise<T | null> {
  const data = await files.read(name);
  if (!data) return null;
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(data));
  } catch (cause) {
    throw new Error(`${files.addressOf(name)} is not JSON: it was cut off or written over`, {
      cause,
    });
  }
  const { success, data: parsed, error } = schema.safeParse(value);
  if (success) return parsed;
  const { path, message } = error.issues[0]!;
  const place = path.length > 0 ? `${path.join(".")}: ` : "";
  throw new Error(
    `${files.addressOf(name)} is not what this release reads (${place}${message}); was it written by another one?`,
  );
}
