// kernels/build: compiles the two AssemblyScript modules into kernels/build/, with the TypeScript signatures of their
// exports beside them. Runs on `npm ci` (prepare), in seconds.

import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { writeMicroKernels } from "./micro-kernels.ts";

const asc = createRequire(import.meta.url).resolve("assemblyscript/bin/asc.js");
const room = fileURLToPath(new URL(".", import.meta.url));

const MODULES = [
  // int8 inference; the host sizes the memory to the model
  { name: "edge", options: ["--importMemory"] },
  // float32 training: threads share one memory
  {
    name: "training",
    options: [
      "--importMemory",
      "--sharedMemory",
      "--maximumMemory",
      "65536",
      "--enable",
      "threads",
    ],
  },
];

const COMMON = [
  "--runtime", "stub",
  "--noAssert",
  "-O3",
  "--enable", "simd,relaxed-simd",
  "--bindings", "raw",
  "--disableWarning", "112", // v128 in an exported function: it crosses files only, never to the host
  "--disableWarning", "201", // usize of 32 bits: there is no 64-bit build
]; // prettier-ignore

mkdirSync(`${room}build`, { recursive: true });
writeFileSync(`${room}build/micro-kernels.ts`, writeMicroKernels());

for (const { name, options } of MODULES) {
  const files = [`assembly/${name}.ts`, "--outFile", `build/${name}.wasm`];
  execFileSync(process.execPath, [asc, ...files, ...COMMON, ...options], {
    cwd: room,
    stdio: "inherit",
  });
  // of the bindings the .d.ts alone is used: the host calls the exports themselves
  rmSync(`${room}build/${name}.js`);
}
