// cli/commands/export: `afterword export`: a model as other programs read it.

import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { readMasterFile } from "#model/master-file";
import { exportOnnx } from "#training/export/onnx";
import { exportTfjs } from "#training/export/tfjs";
import type { Command } from "../command.ts";
import { readModelFile } from "../model-file.ts";

const FORMATS = ["safetensors", "tfjs", "onnx"] as const;

export const exportModel: Command = {
  summary: "Writes a model in a format that other programs read.",
  options: {
    format: {
      value: "NAME",
      help: "safetensors, tfjs (a folder for tf.loadLayersModel) or onnx; float32 each",
    },
    model: { value: "FILE|URL", help: "a master.safetensors", isPath: true },
    out: { value: "PATH", help: "the file to write, or for tfjs the folder", isPath: true },
  },
  examples: [
    "export --format onnx --model runs/notes/master.safetensors --out notes.onnx",
    "export --format tfjs --model runs/notes/master.safetensors --out notes-tfjs/",
  ],
  async run(args) {
    const format = args.choice("format", FORMATS, "format");
    const out = args.requireText("out");
    const file = await readModelFile(args.requireText("model"));
    const master = readMasterFile(file);
    // the master file is safetensors: read whole by now, it is what it should be
    const files: Record<string, Uint8Array | string> =
      format === "tfjs"
        ? exportTfjs(master)
        : { "": format === "onnx" ? exportOnnx(master) : file };
    try {
      await mkdir(format === "tfjs" ? out : dirname(out), { recursive: true });
      for (const [name, data] of Object.entries(files)) await writeFile(join(out, name), data);
    } catch (error) {
      throw new Error(
        `cannot write "${out}" (${(error as NodeJS.ErrnoException).code}); check --out`,
        {
          cause: error,
        },
      );
    }
    return { json: { format, out }, text: `wrote ${out}` };
  },
};
