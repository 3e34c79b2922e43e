// cli/beginning: which settings and which model a run of `train` begins with: what was given, what the run had before, or
// what suits the text.

import { existsSync } from "node:fs";
import { hyperParameters } from "#model/hyper-parameters";
import { findPreset, fineTuningOf } from "#model/presets";
import type { Preset } from "#model/presets";
import { BUILT_IN_CORPUS } from "#training/data/text-source";
import type { Parent } from "#training/loop/warm-start";
import type { RunSettings } from "#training/run/settings";
import { asUsage } from "./command.ts";
import type { Arguments } from "./command.ts";
import { BASE_FILE, readParent, readParentFile } from "./parent-option.ts";
import { changeSettings, readSettings } from "./setting-options.ts";

/** The preset that looks at the text. */
export const AUTO = "auto";

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
  text: { corpus: string; tokenizer: string; language: string | undefined },
): Promise<Beginning> {
  const changed = (preset: Preset) =>
    changeSettings(before ? withAbsentSettings(preset, before) : preset, readSettings(args));
  const given = await readParent(args);
  const name = args.given("preset") === undefined && before ? null : args.requireText("preset");
  if (name === null) return { preset: changed(before!), from: given };
  if (name !== AUTO) return { preset: changed(asUsage(() => findPreset(name))), from: given };
  const from = given ?? (suitsBase(args, text) ? await readParentFile(BASE_FILE) : undefined);
  if (!from) {
    const reason = "auto: preset quick, as nothing is there to go on from for this text or shape";
    return { preset: changed(findPreset("quick")), from, reason };
  }
  const { config: model, training } = from.master.metadata;
  const reason = given
    ? "auto: the shape of the model that it goes on from, a low learning rate"
    : "auto: goes on from the base model, which knows general English; --from none begins from nothing";
  return { preset: changed(fineTuningOf({ model, training })), from, reason };
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

/** The base model helps with prose in English, in its own shape; it has read parts of the built-in text. */
function suitsBase(
  args: Arguments,
  text: { corpus: string; tokenizer: string; language: string | undefined },
): boolean {
  const hasShape = hyperParameters.some(
    ([, { part, flag }]) => part === "model" && args.given(flag) !== undefined,
  );
  const isEnglish = text.language === undefined || /^en\b/.test(text.language);
  return (
    !hasShape &&
    isEnglish &&
    text.tokenizer === "text" &&
    text.corpus !== BUILT_IN_CORPUS &&
    args.text("from") === undefined &&
    existsSync(BASE_FILE)
  );
}
