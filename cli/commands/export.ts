// cli/commands/export: `afterword export`: a model as other programs read it.

import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { readMasterFile } from "#model/master-file";
import { exportOnnx } from "#training/export/onnx";
import { exportTfjs } from "#training/export/tfjs";
import { UsageError } from "../command.ts";
import type { Command } from "../command.ts";
import { readModelFile } from "../model-file.ts";

const FORMATS = ["safetensors", "tfjs", "onnx"] as const;
type Format = (typeof FORMATS)[number];

export const exportModel: Command = {
  summary: "Writes a model in a format that other programs read.",
  options: {
    format: {
      value: "NAME",
      help: "safetensors, tfjs (a folder for tf.loadLayersModel) or onnx; float32 each",
    },
    model: { value: "FILE|URL", help: "a master.safetensors" },
    out: { value: "PATH", help: "the file to write, or for tfjs the folder" },
  },
  examples: [
    "export --format onnx --model runs/notes/master.safetensors --out notes.onnx",
    "export --format tfjs --model runs/notes/master.safetensors --out notes-tfjs/",
  ],
  async run(args) {
    const format = readFormat(args.requireText("format"));
    const out = args.requireText("out");
    const file = await readModelFile(args.requireText("model"));
    const master = readMasterFile(file);
    if (format === "tfjs") {
      await mkdir(out, { recursive: true });
      for (const [name, data] of Object.entries(exportTfjs(master))) {
        await writeFile(join(out, name), data);
      }
    } else {
      // the master file is safetensors: read whole by now, it is what it should be
      await writeFile(out, format === "onnx" ? exportOnnx(master) : file);
    }
    return { json: { format, out }, text: `wrote ${out}` };
  },
};

function readFormat(name: string): Format {
  if (!FORMATS.includes(name as Format)) {
    throw new UsageError(`unknown format "${name}"; choose one of ${FORMATS.join(", ")}`);
  }
  return name as Format;
}
