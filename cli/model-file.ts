// cli/model-file: reads a model's file from where a user says it is.

import { readFile } from "node:fs/promises";
import { writeEdgeFile } from "#model/edge-file";
import { readMasterFile } from "#model/master-file";
import { kindOf } from "#model/metadata";
import { readSafetensorsHeader } from "#model/safetensors";
import { typedPath } from "./typed-path.ts";

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

/** Whether `--model` names a file: names of an edge's models have neither dots nor slashes. */
export function isModelFile(model: string): boolean {
  return /[./\\]/.test(model);
}

/** An edge file as it is; a master file as the edge would run it. */
export async function readEdgeFile(model: string): Promise<Uint8Array> {
  const file = await readModelFile(typedPath(model));
  if (kindOf(readSafetensorsHeader(file).metadata) === "edge") return file;
  return writeEdgeFile(readMasterFile(file));
}
