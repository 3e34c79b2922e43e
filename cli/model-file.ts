// cli/model-file: reads a model's file from where a user says it is.

import { readFile } from "node:fs/promises";

const TIMEOUT_MS = 120_000; // of a model of some 100 MB

/** The bytes of a file, named by its path or by an address that answers a GET. */
export async function readModelFile(model: string): Promise<Uint8Array> {
  if (/^https?:/.test(model)) {
    const answer = await fetch(model, { signal: AbortSignal.timeout(TIMEOUT_MS) }).catch(() => {
      throw new Error(`nothing answers at ${model}; check the address`);
    });
    if (!answer.ok) throw new Error(`${model} answers ${answer.status}; check the address`);
    return answer.bytes();
  }
  return readFile(model).catch(() => {
    throw new Error(`cannot read model file "${model}"; check the path`);
  });
}
