// bench/typing: keystrokes saved by the simulated typist through the client:
//
//   node bench/typing.ts --model FILE.edge.safetensors --text FILE [--characters 20000] [--limit 5]

import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { DirectBackend } from "#client/local/direct-backend";
import { createEngine } from "#client/local/engine";
import { Session } from "#client/session";
import { typeText } from "#training/evaluation/typist";

const { values } = parseArgs({
  options: {
    model: { type: "string" },
    text: { type: "string" },
    characters: { type: "string", default: "20000" },
    limit: { type: "string", default: "5" },
  },
});
if (!values.model || !values.text) throw new Error("typing needs --model FILE and --text FILE");

const kernels = new WebAssembly.Module(
  readFileSync(new URL("../kernels/build/edge.wasm", import.meta.url)),
);
const engine = createEngine(kernels, readFileSync(values.model), { model: "local", version: "local" }); // prettier-ignore
const target = readFileSync(values.text, "utf8").slice(0, Number(values.characters)).trim();
const session = new Session(new DirectBackend(engine));
const { characters, keys, acceptances, savings } = await typeText(
  target,
  async (text, limit) => (await session.update(text, { limit }))!.predictions,
  { limit: Number(values.limit) },
);
process.stdout.write(`${JSON.stringify({ characters, keys, acceptances, keystroke_savings: savings })}\n`); // prettier-ignore
