// What can be known of the training images without Docker: the program is put together as the Dockerfile does, in a folder,
// and its entry is run there.

import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { lastWords, readEnvironment, readStages } from "../job/dockerfile.ts";
import type { Instruction } from "../job/dockerfile.ts";

const PROGRAM_FOLDER = "/afterword/program"; // in the image
const INSTALL = [
  "ci",
  "--omit=dev",
  "--omit=optional",
  "--ignore-scripts",
  "--no-audit",
  "--no-fund",
];

const dockerfile = readFileSync("job/Dockerfile", "utf8");
const stages = readStages(dockerfile);
const stage = (name: string) => stages.find(([from]) => from!.words.at(-1) === name)!;
const [runtime, gpu, cpu, program] = ["runtime", "gpu", "cpu", "program"].map(stage) as [
  Instruction[],
  Instruction[],
  Instruction[],
  Instruction[],
];

/** What a stage copies out of the project. */
function sourcesOf(instructions: Instruction[]): string[] {
  const copies = instructions.filter(({ name, from }) => name === "COPY" && from === undefined);
  return copies.flatMap(({ words }) => words.slice(0, -1));
}

describe("the Dockerfile", () => {
  it("copies what is there and not ignored", () => {
    const ignored = readFileSync("job/Dockerfile.dockerignore", "utf8").split("\n");
    for (const source of stages.flatMap(sourcesOf)) {
      expect(existsSync(source), source).toBe(true);
      const [top] = source.split("/");
      expect(
        ignored.some((line) => line === `!${top}` || line === `!${source}`),
        source,
      ).toBe(true);
    }
  });

  it("has the project's Node", () => {
    const { devDependencies } = JSON.parse(readFileSync("package.json", "utf8")) as {
      devDependencies: { node: string };
    };
    expect(dockerfile).toContain(`NODE_IMAGE=node:${devDependencies.node}-`);
  });

  it("pins CUDA's wheels", () => {
    const lines = readFileSync("job/image/cuda-requirements.txt", "utf8").split("\n");
    for (const line of lines.filter((line) => line !== "" && !line.startsWith("#"))) {
      expect(line).toMatch(/^nvidia-[a-z-]+-cu11==[\d.]+$/);
    }
  });

  it("installs TensorFlow's packages from their lock, and can compile their binding", () => {
    execFileSync("npm", [...INSTALL, "--dry-run"], { cwd: "job/image", stdio: "pipe" });
    const lock = JSON.parse(readFileSync("job/image/package-lock.json", "utf8")) as {
      packages: Record<string, { integrity?: string }>;
    };
    for (const [name, { integrity }] of Object.entries(lock.packages)) {
      if (name !== "") expect(integrity, name).toBeDefined();
    }
    const runs = stage("tensorflow").filter(({ name }) => name === "RUN");
    const words = runs.flatMap((run) => run.words);
    for (const tool of ["python3", "make", "g++"]) expect(words).toContain(tool);
  });

  it("runs as its own user, behind tini", () => {
    for (const image of [gpu, cpu]) expect(lastWords(image, "USER")).toEqual(["node"]);
    expect(lastWords(runtime, "ENTRYPOINT")[0]).toBe("tini");
    expect(lastWords(runtime, "CMD")).toEqual(["job"]);
  });

  it("requires a GPU of the one image, and brings no CUDA into the other", () => {
    expect(readEnvironment(gpu)).toMatchObject({
      AFTERWORD_REQUIRE_GPU: "1",
      TF_FORCE_GPU_ALLOW_GROWTH: "true",
      NVIDIA_DRIVER_CAPABILITIES: "compute,utility",
      CUDA_MODULE_LOADING: "LAZY",
      CUDA_CACHE_PATH: `${lastWords(gpu, "VOLUME")[0]}/cuda`,
    });
    expect(readEnvironment(cpu)).toEqual({});
    expect(cpu.flatMap(({ from }) => from ?? [])).toEqual(["program"]);
  });
});

describe("the program in the image", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "image-"));
    for (const source of sourcesOf(program)) {
      cpSync(source, join(folder, source), { recursive: true });
    }
    execFileSync("npm", INSTALL, { cwd: folder, stdio: "pipe" });
    // compiled where all packages are, as in the image's own stage
    execFileSync("node", [resolve("kernels/build.ts")], { stdio: "pipe" });
    cpSync("kernels/build", join(folder, "kernels/build"), { recursive: true });
  }, 300_000);
  afterAll(() => rmSync(folder, { recursive: true }));

  function entry(words: string[], settings: Record<string, string> = {}) {
    const [command, ...rest] = lastWords(runtime, "ENTRYPOINT").slice(2); // without `tini --`
    const inFolder = rest.map((word) => word.replace(PROGRAM_FOLDER, folder));
    expect(command).toBe("node");
    expect(inFolder).not.toEqual(rest);
    return spawnSync(process.execPath, [...inFolder, ...words], {
      cwd: folder,
      env: { PATH: process.env.PATH, ...settings },
      encoding: "utf8",
    });
  }

  it("trains, with the wasm engine", () => {
    const size = ["--hidden-size", "16", "--vocabulary-size", "200", "--max-steps", "2"];
    const { status, stdout, stderr } = entry(["train", "--engine", "wasm", "--json", ...size]);
    expect(status, stderr).toBe(0);
    const { master } = JSON.parse(stdout) as { master: string };
    expect(existsSync(join(folder, master))).toBe(true);
  });

  it("ends where a GPU is required and there is none, and tells what is missing", () => {
    const { AFTERWORD_REQUIRE_GPU } = readEnvironment(gpu) as { AFTERWORD_REQUIRE_GPU: string };
    const { status, stderr } = entry(["train"], { AFTERWORD_REQUIRE_GPU });
    expect(status).toBe(1);
    expect(stderr).toContain("a GPU is required: the package @tensorflow/tfjs-node-gpu");
  });

  it("finds the base model, as a job does that goes on from it", () => {
    const script =
      'const { readBase } = await import("./training/loop/base-model.ts");' +
      "console.log((await readBase()).master.metadata.config.hiddenSize);";
    const words = ["--input-type=module", "--eval", script];
    expect(execFileSync(process.execPath, words, { cwd: folder, encoding: "utf8" })).toBe("256\n");
  });

  it("has all that its commands are made of", () => {
    const { status, stderr } = entry(["--help"]);
    expect(status, stderr).toBe(0);
  });

  it("runs a job by default, which names what its environment lacks", () => {
    const { status, stderr } = entry(lastWords(runtime, "CMD"));
    expect(status).toBe(2);
    expect(stderr).toContain("AFTERWORD_STORE is needed");
  });
});
