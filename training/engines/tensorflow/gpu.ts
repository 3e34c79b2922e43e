// training/engines/tensorflow/gpu: is there a GPU, and if TensorFlow sees none, which piece is missing?
// TensorFlow itself only logs what it could not load, and trains on the CPU.

import { spawnSync } from "node:child_process";

const DRIVER_LIBRARY = "libcuda.so.1";

// what the TensorFlow 2.9.1 of tfjs-node-gpu 4.22.0 opens at run time: CUDA 11 and cuDNN 8
export const CUDA_LIBRARIES = [
  "libcudart.so.11.0",
  "libcublas.so.11",
  "libcublasLt.so.11",
  "libcufft.so.10",
  "libcurand.so.10",
  "libcusolver.so.11",
  "libcusparse.so.11",
  "libcudnn.so.8",
];

const TIMEOUT_MS = 20_000;

/** The GPUs that the driver lists, e.g. `Tesla T4`; none where there is no driver. */
export function listGpus(environment: NodeJS.ProcessEnv): string[] {
  const { stdout } = runTool(
    "nvidia-smi",
    ["--query-gpu=name", "--format=csv,noheader"],
    environment,
  );
  return stdout.split("\n").filter((line) => line.trim() !== "");
}

/** Says why TensorFlow lists no GPU, by trying what it tries. */
export function explainMissingGpu(environment: NodeJS.ProcessEnv): string {
  const failures = openLibraries([DRIVER_LIBRARY, ...CUDA_LIBRARIES], environment);
  const driver = failures.find(({ library }) => library === DRIVER_LIBRARY);
  if (driver) {
    return `the NVIDIA driver is missing (${driver.reason}); start the job on a GPU instance, with a GPU asked for`;
  }
  if (listGpus(environment).length === 0) {
    return "the NVIDIA driver is there, but nvidia-smi lists no GPU; ask for one in the job's resources";
  }
  if (failures.length > 0) {
    const names = failures.map(({ library, reason }) => `${library} (${reason})`);
    return `CUDA libraries do not load: ${names.join(", ")}; add their folder to LD_LIBRARY_PATH`;
  }
  return (
    "the driver and every CUDA library load, but TensorFlow lists no GPU; " +
    "is CUDA_VISIBLE_DEVICES empty, the driver older than CUDA 11, or this TensorFlow built for the CPU?"
  );
}

// Opens each library as TensorFlow does, by its bare name. process.dlopen wants an addon, so one that opened is known
// by the complaint that it is none.
const OPEN_LIBRARIES = `
  const failures = process.argv.slice(1).flatMap((library) => {
    try { process.dlopen({ exports: {} }, library); } catch ({ message }) {
      if (!message.includes("did not self-register")) return [{ library, reason: message }];
    }
    return [];
  });
  process.stdout.write(JSON.stringify(failures));
`;

/** The libraries that do not open. Tried in a child process: its search path is fixed when a process starts. */
function openLibraries(
  libraries: string[],
  environment: NodeJS.ProcessEnv,
): { library: string; reason: string }[] {
  const words = ["--eval", OPEN_LIBRARIES, "--", ...libraries];
  const { stdout, error } = runTool(process.execPath, words, environment);
  if (stdout === "") throw new Error(`cannot try the CUDA libraries: ${error}`);
  const failures = JSON.parse(stdout) as { library: string; reason: string }[];
  return failures.map(({ library, reason }) => ({
    library,
    reason: reason.replace(`${library}: `, "").split("\n")[0]!,
  }));
}

function runTool(
  command: string,
  words: string[],
  environment: NodeJS.ProcessEnv,
): { stdout: string; error: string } {
  const { stdout, stderr, error } = spawnSync(command, words, {
    env: environment,
    encoding: "utf8",
    timeout: TIMEOUT_MS,
  });
  return { stdout: stdout ?? "", error: error?.message ?? stderr };
}
