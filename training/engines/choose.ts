// training/engines/choose: which engine a run takes, and why. Creates none itself.

import { availableParallelism } from "node:os";
import type { EngineOptions, TrainingEngine } from "./engine.ts";
import { createTensorflowEngine } from "./tensorflow.ts";
import { explainMissingGpu, listGpus } from "./tensorflow/gpu.ts";
import { loadTensorflow } from "./tensorflow/library.ts";
import { createWasmEngine } from "./wasm.ts";

export const ENGINE_CHOICES = ["auto", "wasm", "tensorflow"] as const;
export type EngineChoice = (typeof ENGINE_CHOICES)[number];

export interface ChosenEngine {
  create: (options: EngineOptions) => Promise<TrainingEngine>;
  reason: string; // e.g. `wasm: nvidia-smi lists no GPU`
}

/** How many threads a run takes where nobody says: as many as there are cores, up to 16. */
export function defaultThreads(): number {
  return Math.min(availableParallelism(), 16);
}

/**
 * Chooses an engine: `auto` is TensorFlow on a GPU where there is one, else wasm.
 * @param needsGpu accept no other device than a GPU
 * @throws when a GPU is needed and cannot be used; the message names what is missing
 */
export function chooseEngine(
  choice: EngineChoice,
  { threads, needsGpu }: { threads: number; needsGpu: boolean },
): ChosenEngine {
  if (needsGpu) return tensorflow(`a GPU is required; found ${requireGpu(choice, threads)}`);
  if (choice === "wasm") return wasm("as asked for");
  if (choice === "tensorflow") return tensorflow("as asked for");
  const [gpu] = listGpus(process.env);
  if (gpu === undefined) return wasm("as there is no NVIDIA GPU here");
  const obstacle = findObstacle(threads);
  return obstacle === undefined
    ? tensorflow(`found ${gpu}`)
    : wasm(`there is a GPU (${gpu}), but ${obstacle}`);
}

function wasm(reason: string): ChosenEngine {
  return { create: createWasmEngine, reason: `wasm, ${reason}` };
}

function tensorflow(reason: string): ChosenEngine {
  return { create: createTensorflowEngine, reason: `tensorflow, ${reason}` };
}

/**
 * The GPU's name.
 * @throws when TensorFlow would train on anything else
 */
function requireGpu(choice: EngineChoice, threads: number): string {
  const obstacle =
    choice === "wasm" ? "the wasm engine, which was asked for, has none" : findObstacle(threads);
  if (obstacle !== undefined) throw new Error(`a GPU is required: ${obstacle}`);
  return listGpus(process.env)[0] ?? "one that nvidia-smi does not list";
}

/** Why TensorFlow cannot use a GPU, if it cannot. */
function findObstacle(threads: number): string | undefined {
  try {
    const library = loadTensorflow(threads);
    if (!library) return "the package @tensorflow/tfjs-node-gpu is not installed";
    return library.hasGpu ? undefined : explainMissingGpu(process.env);
  } catch (error) {
    return (error as Error).message; // the package is installed and broken: loading says how
  }
}
