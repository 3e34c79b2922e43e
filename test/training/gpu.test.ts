// The guard that keeps a GPU job off the CPU, against made-up machines: a folder of libraries and a made-up nvidia-smi.

import { spawnSync } from "node:child_process";
import { chmod, copyFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { chooseEngine } from "#training/engines/choose";
import { CUDA_LIBRARIES, explainMissingGpu, listGpus } from "#training/engines/tensorflow/gpu";
import { loadTensorflow } from "#training/engines/tensorflow/library";

const PROGRAM = fileURLToPath(new URL("../../cli/afterword.ts", import.meta.url));
const MAX_SECONDS = 60; // for a job to notice that it has no GPU

let folder: string;
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), "gpu-"))));
afterEach(() => rm(folder, { recursive: true, force: true }));

/** An environment with these libraries, each in truth some small library of this machine, and these GPUs. */
async function makeMachine({ libraries, gpus }: { libraries: string[]; gpus: string[] }) {
  for (const name of libraries) await copyFile(anyLibrary(), join(folder, name));
  if (gpus.length > 0) {
    const tool = join(folder, "nvidia-smi");
    await writeFile(tool, `#!/bin/sh\nprintf '%s\\n' ${gpus.map((gpu) => `'${gpu}'`).join(" ")}\n`);
    await chmod(tool, 0o755);
  }
  return { PATH: `${folder}:/bin:/usr/bin`, LD_LIBRARY_PATH: folder };
}

function anyLibrary(): string {
  const { sharedObjects } = process.report.getReport() as { sharedObjects: string[] };
  return sharedObjects.find((path) => /\/lib(dl|m|pthread)[.-]/.test(path))!;
}

const ALL = ["libcuda.so.1", ...CUDA_LIBRARIES];

const isHere = loadTensorflow(1)?.hasGpu ?? false;

describe.skipIf(process.platform !== "linux")("a machine without a usable GPU", () => {
  it.each([
    ["no driver", [], [], "the NVIDIA driver is missing"],
    ["a driver but no device", ALL, [], "nvidia-smi lists no GPU"],
    ["nothing missing that can be seen", ALL, ["Tesla T4"], "TensorFlow lists no GPU"],
  ])("is explained: %s", async (_, libraries, gpus, explanation) => {
    expect(explainMissingGpu(await makeMachine({ libraries, gpus }))).toContain(explanation);
  });

  it.each(CUDA_LIBRARIES)("is explained: %s is missing", async (missing) => {
    const libraries = ALL.filter((name) => name !== missing);
    const explanation = explainMissingGpu(await makeMachine({ libraries, gpus: ["Tesla T4"] }));
    expect(explanation).toContain(`CUDA libraries do not load: ${missing} (cannot open`);
    for (const name of libraries) expect(explanation).not.toContain(`${name} (`);
  });

  it("is explained: a library that is there but broken", async () => {
    const machine = await makeMachine({ libraries: ALL, gpus: ["Tesla T4"] });
    await writeFile(join(folder, "libcudnn.so.8"), "not a library");
    expect(explainMissingGpu(machine)).toMatch(/libcudnn\.so\.8 \(.*(too short|invalid ELF)/);
  });

  it("lists the GPUs that the driver lists", async () => {
    const machine = await makeMachine({ libraries: [], gpus: ["Tesla T4", "NVIDIA L4"] });
    expect(listGpus(machine)).toEqual(["Tesla T4", "NVIDIA L4"]);
    expect(listGpus({ PATH: tmpdir() })).toEqual([]);
  });

  it.skipIf(isHere)("ends a job that requires one, at once, with the reason", async () => {
    const libraries = ALL.filter((name) => name !== "libcudnn.so.8");
    const machine = await makeMachine({ libraries, gpus: ["Tesla T4"] });
    const { status, stdout, stderr } = spawnSync(process.execPath, [PROGRAM, "train"], {
      env: { ...process.env, ...machine, AFTERWORD_REQUIRE_GPU: "1" },
      encoding: "utf8",
      timeout: MAX_SECONDS * 1000,
    });
    const piece = loadTensorflow(1) ? "libcudnn.so.8" : "@tensorflow/tfjs-node-gpu";
    expect(stderr).toMatch(/^afterword: a GPU is required: /m);
    expect(stderr).toContain(piece);
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
  });
});

describe("the choice of an engine", () => {
  it("is what was asked for, and says so", () => {
    for (const name of ["wasm", "tensorflow"] as const) {
      const { reason } = chooseEngine(name, { threads: 1, needsGpu: false });
      expect(reason).toBe(`${name}, as asked for`);
    }
  });

  it.skipIf(isHere)("is wasm where there is no GPU", () => {
    const { reason } = chooseEngine("auto", { threads: 1, needsGpu: false });
    expect(reason).toMatch(/^wasm, /);
  });

  it("never trains on the CPU where a GPU is required", () => {
    const choose = () => chooseEngine("wasm", { threads: 1, needsGpu: true });
    expect(choose).toThrow("a GPU is required: the wasm engine");
  });
});
