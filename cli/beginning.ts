// cli/beginning: which settings and which model a run of `train` begins with: what was given, what the run had before, or
// what suits the text.

import { hyperParameters } from "#model/hyper-parameters";
import { AUTO, changeSettings, findPreset } from "#model/presets";
import type { Preset } from "#model/presets";
import type { TokenizerName } from "#model/tokenizers/tokenizer";
import { BUILT_IN_CORPUS } from "#training/data/text-source";
import { chooseAuto } from "#training/loop/auto-preset";
import { readBase, suitsBase } from "#training/loop/base-model";
import type { Parent } from "#training/loop/warm-start";
import type { RunSettings } from "#training/run/settings";
import { asUsage } from "./command.ts";
import type { Arguments } from "./command.ts";
import { readParent } from "./parent-option.ts";
import { readSettings } from "./setting-options.ts";

interface Text {
  corpus: string;
  tokenizer: TokenizerName;
  language: string | undefined;
}

export interface Beginning {
  preset: Preset;
  from: Parent | undefined;
  /** What `auto` chose, and why; nothing where it had no choice. */
  reason?: string;
}

/**
 * Settings and parent of a run.
 * @param before the settings of the run that goes on
 * @throws UsageError where a setting or the preset cannot be
 */
export async function readBeginning(
  args: Arguments,
  before: RunSettings | null,
  text: Text,
): Promise<Beginning> {
  const changed = (preset: Preset) =>
    changeSettings(before ? withAbsentSettings(preset, before) : preset, readSettings(args));
  const given = await readParent(args);
  const name = args.given("preset") === undefined && before ? null : args.requireText("preset");
  if (name === null) return { preset: changed(before!), from: given };
  if (name !== AUTO) return { preset: changed(asUsage(() => findPreset(name))), from: given };
  const from = given ?? (takesBase(args, text) ? await readBase() : undefined);
  return { preset: changed(chooseAuto(from)), from, reason: explain(given, from) };
}

function explain(given: Parent | undefined, from: Parent | undefined): string {
  if (!from) return "auto: preset quick, as nothing is there to go on from for this text or shape";
  return given
    ? "auto: the shape of the model that it goes on from, a low learning rate"
    : "auto: goes on from the base model, which knows general English; --from none begins from nothing";
}

/** A run that is older than a setting goes on without it, whatever presets have today. */
function withAbsentSettings({ model, training }: Preset, before: RunSettings): Preset {
  const parts: Record<"model" | "training", Record<string, unknown>> = { model: { ...model }, training: { ...training } }; // prettier-ignore
  for (const [name, { part, whenAbsent }] of hyperParameters) {
    const had = (before[part] as unknown as Record<string, unknown>)[name];
    if (whenAbsent !== undefined && had === whenAbsent) parts[part][name] = whenAbsent;
  }
  return parts as unknown as Preset;
}

/** The base model is taken in its own shape alone; it has read parts of the built-in text. */
function takesBase(args: Arguments, text: Text): boolean {
  const hasShape = hyperParameters.some(
    ([, { part, flag }]) => part === "model" && args.given(flag) !== undefined,
  );
  const { corpus, ...kind } = text;
  const isAsked = args.text("from") === undefined && !hasShape && corpus !== BUILT_IN_CORPUS;
  return isAsked && suitsBase(kind);
}
