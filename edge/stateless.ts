// edge/stateless: texts that come whole with each call. The isolate remembers how far it has read lately, so that a text that
// grows costs only its new words. What is remembered is never anybody else's.

import { readSteps } from "#inference/session-text";
import type { TextCursor } from "#inference/text-cursor";
import type { Model } from "./load-model.ts";
import { costOfReading, costsOf, MIN_STEP_MS, Slices, stepLength } from "./work.ts";

interface Memory {
  texts: Map<string, TextCursor>; // by the text that was read; used last, last
  bytes: number;
}

/** Of one owner and one version of a model. */
const memories = new Map<string, Memory>();

/** JavaScript's share of an isolate has room for this. */
const MAX_BYTES = 4_000_000;
const MAX_TEXTS = 64; // of one owner
const BYTES_PER_CHARACTER = 2;

/** The furthest that is remembered of a text, or its beginning. */
export function findCursor(model: Model, owner: string | null, text: string): TextCursor {
  const memory = memories.get(nameOf(model, owner));
  let best: TextCursor | undefined;
  for (const [read, cursor] of memory?.texts ?? []) {
    const isLonger = read.length > (best?.before.length ?? -1);
    // the white space behind it ended its last word
    if (isLonger && text.startsWith(read) && /\s/.test(text.charAt(read.length))) best = cursor;
  }
  if (!best) return { point: model.predictor.start(), before: "", rest: text };
  memory!.texts.delete(best.before);
  memory!.texts.set(best.before, best);
  return { ...best, rest: text.slice(best.before.length) };
}

/** Reads a text as far as no later text can change it. */
export async function readCursor(
  model: Model,
  { point, before, rest }: TextCursor,
  charge: (ms: number) => Promise<void>,
): Promise<TextCursor> {
  await charge(await costOfReading(model, { point, rest }));
  const { read } = costsOf(model.network);
  const slices = new Slices();
  let reached = point;
  for (const step of readSteps(model.predictor, point, rest, stepLength(model.network))) {
    reached = step.point;
    await slices.spend(Math.max(step.words.length * read, MIN_STEP_MS));
  }
  const length = reached.position - point.position;
  return { point: reached, before: before + rest.slice(0, length), rest: rest.slice(length) };
}

/** Remembers how far a text was read; `cursor` began at the text's beginning. */
export function rememberCursor(model: Model, owner: string | null, cursor: TextCursor): void {
  const name = nameOf(model, owner);
  const { before: text, point } = cursor;
  if (text === "" || sizeOf(cursor) > MAX_BYTES / 4) return;
  const memory = memories.get(name) ?? { texts: new Map<string, TextCursor>(), bytes: 0 };
  memories.delete(name);
  memories.set(name, memory);
  forget(memory, text);
  memory.texts.set(text, { point, before: text, rest: "" });
  memory.bytes += sizeOf(cursor);
  if (memory.texts.size > MAX_TEXTS) forget(memory, memory.texts.keys().next().value!);
  evictUntilFits();
}

/** Lets go of what was not used for longest, of the owner who called longest ago first. */
function evictUntilFits(): void {
  let bytes = memories.values().reduce((sum, memory) => sum + memory.bytes, 0);
  for (const [name, memory] of memories) {
    for (const text of memory.texts.keys()) {
      if (bytes <= MAX_BYTES) return;
      bytes -= forget(memory, text);
    }
    memories.delete(name);
  }
}

function forget(memory: Memory, text: string): number {
  const cursor = memory.texts.get(text);
  if (!cursor) return 0;
  memory.texts.delete(text);
  memory.bytes -= sizeOf(cursor);
  return sizeOf(cursor);
}

function sizeOf({ before, point }: TextCursor): number {
  return BYTES_PER_CHARACTER * before.length + point.state.byteLength;
}

/** Names of models and versions have no colon. */
function nameOf({ name, version }: Model, owner: string | null): string {
  return owner === null ? `${name}:${version}` : `${name}:${version}:${owner}`;
}
