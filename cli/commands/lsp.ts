// cli/commands/lsp: `afterword lsp`: predictions in an editor, over the Language Server Protocol on stdin and stdout.

import { serveEditor } from "#lsp/language-server";
import { sessionsOfEdge, sessionsOfFile } from "#lsp/sources";
import { readEdgeModule } from "#training/evaluation/edge-scorer";
import { EDGE_CALL_OPTIONS, readEdgeAddress } from "../ask-edge.ts";
import type { Arguments, Command } from "../command.ts";
import { isModelFile, readEdgeFile } from "../model-file.ts";
import { readVersion } from "../version.ts";

export const lsp: Command = {
  summary: "Predicts words in an editor, as its language server on stdin and stdout.",
  options: {
    limit: { value: "N", help: "how many words to offer", default: "5" },
    "min-probability": { value: "P", help: "offer nothing less probable", default: "0" },
    model: {
      value: "FILE|NAME",
      help: "a model's file, which needs no edge, or one of the edge's models (default: its default)",
    },
    ...EDGE_CALL_OPTIONS,
  },
  examples: [
    "lsp --model runs/notes/edge.safetensors",
    "lsp --url https://predict.example.com --key $KEY",
  ],
  notes: "How editors are told of it: docs/editors.md.",
  async run(args) {
    const [limit, minProbability] = [args.integer("limit", 1, 100)!, args.number("min-probability")!];
    const openSession = await findSessions(args);
    serveEditor(process.stdin, process.stdout, { version: readVersion(), openSession, limit, minProbability });
    return undefined; // it ends with its editor
  },
}; // prettier-ignore

async function findSessions(args: Arguments) {
  const model = args.text("model");
  if (model !== undefined && isModelFile(model)) {
    return sessionsOfFile(await readEdgeModule(), await readEdgeFile(model));
  }
  const { url, key } = readEdgeAddress(args);
  return sessionsOfEdge({ url, ...(key !== undefined && { key }), ...(model !== undefined && { model }) }); // prettier-ignore
}
