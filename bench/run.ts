// bench/run: `npm run -s bench -- <suite> [--json]`: one suite a file; figures on stdout, progress on stderr.

import { parseArgs } from "node:util";
import type { BenchOptions } from "./options.ts";

interface Suite {
  run: (options: BenchOptions) => Promise<object>;
}

const SUITES: Record<string, (engine: string) => Promise<Suite>> = {
  training: (engine) =>
    engine === "tensorflow" ? import("./training-tensorflow.ts") : import("./training.ts"),
  kernels: () => import("./kernels.ts"),
  inference: () => import("./inference.ts"),
  serving: () => import("./serving.ts"),
  cost: () => import("./cost.ts"),
  page: () => import("./page.ts"),
  hostile: () => import("./hostile.ts"),
  typing: () => import("./typing.ts"),
};

const USAGE = `usage: npm run -s bench -- ${Object.keys(SUITES).join("|")} [--preset NAME] [--engine wasm|tensorflow] [--threads N] [--onnx FOLDER] [--corpus PATH] [--model FILE] [--characters N] [--json]\n`;

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      json: { type: "boolean" },
      preset: { type: "string", default: "medium" },
      engine: { type: "string", default: "wasm" },
      threads: { type: "string" },
      onnx: { type: "string" },
      corpus: { type: "string", default: "sotu" },
      model: { type: "string" },
      characters: { type: "string", default: "20000" },
      help: { type: "boolean" },
    },
  });
  const [suite] = positionals;
  if (values.help || suite === undefined || !Object.hasOwn(SUITES, suite)) {
    process.stderr.write(USAGE);
    process.exitCode = values.help ? 0 : 2;
    return;
  }
  const { run } = await SUITES[suite]!(values.engine);
  const figures = await run({
    preset: values.preset,
    threads: values.threads === undefined ? undefined : Number(values.threads),
    onnx: values.onnx,
    corpus: values.corpus,
    model: values.model,
    characters: Number(values.characters),
    log: (line) => process.stderr.write(line + "\n"),
  });
  process.stdout.write(
    (values.json ? JSON.stringify(figures) : JSON.stringify(figures, null, 2)) + "\n",
  );
}

await main().catch((error: Error) => {
  process.stderr.write(`bench: ${error.message}\n`);
  process.exitCode = 1;
});
