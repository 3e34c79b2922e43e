// job/image/check: `npm run image:check`: what can be known of the image without Docker. It puts the program
// together as the Dockerfile does, in a folder, and runs its entry there.

import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { lastWords, readEnvironment, readStages } from "./dockerfile.ts";
import type { Instruction } from "./dockerfile.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const PROGRAM_FOLDER = "/afterword/program"; // in the image
const MAX_SECONDS = 240; // for an entry to end, on a busy machine

const dockerfile = readFileSync(join(root, "job/Dockerfile"), "utf8");
const stages = readStages(dockerfile);
const image = stages.at(-1)!;
const environment = readEnvironment(image);
const folder = mkdtempSync(join(tmpdir(), "image-"));
try {
  check("every COPY has its source, and none is ignored", checkCopies);
  check("its Node is the project's", checkNode);
  check("CUDA's wheels are pinned", checkWheels);
  check("TensorFlow's packages install from their lock", () => checkLock("job/image"));
  check("the image runs as its own user, behind tini, with a GPU required", checkImage);
  check("the program's packages install from their lock", installProgram);
  check("the entry trains, with the wasm engine", runEntry);
  check("the entry ends without a GPU, and says what is missing", runEntryWithoutGpu);
  check("it has all that its commands are made of", runHelp);
  check("what it runs by default is a job, which says what its environment lacks", runDefault);
} finally {
  rmSync(folder, { recursive: true });
}

function check(what: string, work: () => void): void {
  if (process.exitCode) return; // what follows builds on what failed
  try {
    work();
    process.stdout.write(`ok      ${what}\n`);
  } catch (error) {
    process.stdout.write(`FAILED  ${what}: ${(error as Error).message}\n`);
    process.exitCode = 1;
  }
}

/** What a stage copies out of the project. */
function sourcesOf(stage: Instruction[]): string[] {
  const copies = stage.filter(({ name, from }) => name === "COPY" && from === undefined);
  return copies.flatMap(({ words }) => words.slice(0, -1));
}

function checkCopies(): void {
  const ignored = readFileSync(join(root, "job/Dockerfile.dockerignore"), "utf8").split("\n");
  for (const source of stages.flatMap(sourcesOf)) {
    assert(existsSync(join(root, source)), `${source} does not exist`);
    const [top] = source.split("/");
    const isCopied = ignored.includes(`!${top}`) || ignored.includes(`!${source}`);
    assert(isCopied, `Dockerfile.dockerignore leaves ${source} out`);
  }
}

function checkNode(): void {
  const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    devDependencies: { node: string };
  };
  const { node } = manifest.devDependencies;
  assert(dockerfile.includes(`NODE_IMAGE=node:${node}-`), `NODE_IMAGE is not Node ${node}`);
}

function checkWheels(): void {
  const lines = readFileSync(join(root, "job/image/cuda-requirements.txt"), "utf8").split("\n");
  for (const line of lines.filter((line) => line !== "" && !line.startsWith("#"))) {
    assert(/^nvidia-[a-z-]+-cu11==[\d.]+$/.test(line), `"${line}" is no exact version for CUDA 11`);
  }
}

/** npm compares package.json with the lock before it does anything. */
function checkLock(path: string): void {
  const words = ["ci", "--dry-run", "--ignore-scripts", "--no-audit", "--no-fund"];
  execFileSync("npm", words, { cwd: join(root, path), stdio: "pipe" });
  const lock = JSON.parse(readFileSync(join(root, path, "package-lock.json"), "utf8")) as {
    packages: Record<string, { integrity?: string }>;
  };
  for (const [name, { integrity }] of Object.entries(lock.packages)) {
    assert(name === "" || integrity !== undefined, `${name} has no checksum in the lock`);
  }
}

function checkImage(): void {
  assert(!["", "root", "0"].includes(lastWords(image, "USER")[0] ?? ""), "USER is root");
  assert(lastWords(image, "ENTRYPOINT")[0] === "tini", "ENTRYPOINT does not begin with tini");
  const needed = {
    AFTERWORD_REQUIRE_GPU: "1",
    TF_FORCE_GPU_ALLOW_GROWTH: "true",
    NVIDIA_DRIVER_CAPABILITIES: "compute,utility",
    CUDA_CACHE_PATH: `${lastWords(image, "VOLUME")[0]}/cuda`,
  };
  for (const [name, value] of Object.entries(needed)) {
    assert(environment[name] === value, `${name} is ${environment[name]}, not ${value}`);
  }
}

/** The project's files of the last two stages, with kernels compiled and the packages that training needs. */
function installProgram(): void {
  for (const source of [stages.at(-2)!, image].flatMap(sourcesOf)) {
    cpSync(join(root, source), join(folder, source), { recursive: true });
  }
  const words = ["ci", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund"];
  execFileSync("npm", words, { cwd: folder, stdio: "pipe" });
}

function entry(words: string[], settings: Record<string, string>) {
  const [command, ...rest] = lastWords(image, "ENTRYPOINT").slice(2); // without `tini --`
  const inFolder = rest.map((word) => word.replace(PROGRAM_FOLDER, folder));
  assert(command === "node" && inFolder.join() !== rest.join(), "ENTRYPOINT runs another program");
  return spawnSync(process.execPath, [...inFolder, ...words], {
    cwd: folder,
    env: { PATH: process.env.PATH, ...settings },
    encoding: "utf8",
    timeout: MAX_SECONDS * 1000,
  });
}

function runEntry(): void {
  const size = ["--hidden-size", "16", "--vocabulary-size", "200", "--max-steps", "2"];
  const { status, stdout, stderr } = entry(["train", "--engine", "wasm", "--json", ...size], {});
  assert(status === 0, `exit ${status}: ${stderr.trim().split("\n").at(-1)}`);
  const { master } = JSON.parse(stdout) as { master: string };
  assert(existsSync(join(folder, master)), `it left no ${master}`);
}

function runEntryWithoutGpu(): void {
  const { AFTERWORD_REQUIRE_GPU } = environment as { AFTERWORD_REQUIRE_GPU: string };
  const { status, stderr } = entry(["train"], { AFTERWORD_REQUIRE_GPU });
  assert(status === 1, `exit ${status}`);
  assert(stderr.includes("a GPU is required: the package @tensorflow/tfjs-node-gpu"), stderr);
}

/** Loads every command. */
function runHelp(): void {
  const { status, stderr } = entry(["--help"], {});
  assert(status === 0, stderr);
}

function runDefault(): void {
  const { status, stderr } = entry(lastWords(image, "CMD"), {});
  assert(status === 2, `exit ${status}`);
  assert(stderr.includes("AFTERWORD_STORE is needed"), stderr);
}
