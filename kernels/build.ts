// kernels/build: compiles the two AssemblyScript modules into kernels/build/. Runs on `npm ci` (prepare), in seconds.

import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { writeTiles } from "./micro-kernels.ts";

const asc = createRequire(import.meta.url).resolve("assemblyscript/bin/asc.js");
const room = fileURLToPath(new URL(".", import.meta.url));

const MODULES = [
  // one token at the edge; the host sizes the memory to the model
  { name: "edge", options: ["--importMemory"] },
  // threads share one memory
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

// v128 crosses files only (112), and pointers have 32 bits for good (201)
const COMMON = [
  "--runtime", "stub",
  "--noAssert",
  "-O3",
  "--enable", "simd,relaxed-simd",
  "--disableWarning", "112",
  "--disableWarning", "201",
]; // prettier-ignore

mkdirSync(`${room}build`, { recursive: true });
writeFileSync(`${room}build/tiles.ts`, writeTiles());

for (const { name, options } of MODULES) {
  const files = [`assembly/${name}.ts`, "--outFile", `build/${name}.wasm`];
  execFileSync(process.execPath, [asc, ...files, ...COMMON, ...options], {
    cwd: room,
    stdio: "inherit",
  });
}
