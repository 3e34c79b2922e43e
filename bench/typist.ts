// bench/typist: keystrokes saved by the simulated typist through the client, with what lists may be asked for besides:
//
//   node bench/typist.ts --model FILE.edge.safetensors --text FILE [--characters 20000] [--limit 5] [--phrases] [--correct]
//     [--min-probability P] [--errors RATE]
//
// A phrase is accepted as far as it is right with one key, as if every beginning of it stood in the list.

import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { DirectBackend } from "#client/local/direct-backend";
import { createEngine } from "#client/local/engine";
import { Session } from "#client/session";
import type { Prediction } from "#client/types";
import { typeText } from "#training/evaluation/typist";
import { seededRandom } from "../test/tiny-model.ts";
import { typeWithErrors } from "./erring-typist.ts";

const { values } = parseArgs({
  options: {
    model: { type: "string" },
    text: { type: "string" },
    characters: { type: "string", default: "20000" },
    limit: { type: "string", default: "5" },
    phrases: { type: "boolean", default: false },
    correct: { type: "boolean", default: false },
    "min-probability": { type: "string", default: "0" },
    errors: { type: "string", default: "0" },
  },
});
if (!values.model || !values.text) throw new Error("typist needs --model FILE and --text FILE");

const kernels = new WebAssembly.Module(
  readFileSync(new URL("../kernels/build/edge.wasm", import.meta.url)),
);
const engine = createEngine(kernels, readFileSync(values.model), { model: "local", version: "local" }); // prettier-ignore
const target = readFileSync(values.text, "utf8").slice(0, Number(values.characters)).trim();
const session = new Session(new DirectBackend(engine));
const { phrases, correct } = values;
const asked = { limit: Number(values.limit), min_probability: Number(values["min-probability"]), phrases, correct }; // prettier-ignore
const lists = { lists: 0, shown: 0 };
const rate = Number(values.errors);
const result =
  rate > 0
    ? await typeWithErrors(target, suggest, { rate, random: seededRandom(1) })
    : await typeText(target, suggest, { limit: asked.limit });
const { characters, keys, savings } = result;
const others = "errors" in result ? { errors: result.errors } : { acceptances: result.acceptances };
process.stdout.write(`${JSON.stringify({ characters, keys, ...others, ...lists, keystroke_savings: savings })}\n`); // prettier-ignore

async function suggest(text: string) {
  const { predictions } = (await session.update(text, asked))!;
  lists.lists++;
  lists.shown += Number(predictions.length > 0);
  return predictions.flatMap(beginningsOf);
}

/** A prediction alone, with the first word of its phrase, with the first two, …  */
function beginningsOf({ insert, replace = 0, phrase = [] }: Prediction) {
  const inserts = [insert];
  for (const word of phrase) inserts.push(inserts.at(-1)! + word.insert);
  return inserts.map((insert) => ({ insert, replace }));
}
