// cli/beginning: which settings and which model a run of `train` begins with: what was given, what the run had before, or
// what suits the text.

import { hyperParameters } from "#model/hyper-parameters";
import { AUTO, changeSettings, findPreset } from "#model/presets";
import type { Preset, SettingChanges } from "#model/presets";
import type { TokenizerName } from "#model/tokenizers/tokenizer";
import { readBase, suitsBase } from "#training/loop/base-model";
import { chooseSettings } from "#training/loop/choose-settings";
import type { Parent } from "#training/loop/warm-start";
import type { RunSettings } from "#training/run/settings";
import { asUsage } from "./command.ts";
import type { Arguments } from "./command.ts";
import { readParent } from "./parent-option.ts";
import { readSettings } from "./setting-options.ts";

interface Text {
  tokenizer: TokenizerName;
  language: string | undefined;
}

export interface Beginning {
  preset: Preset;
  from: Parent | undefined;
  /** What was chosen, and why; nothing where all was given. */
  reason?: string;
}

/**
 * Settings and parent of a run.
 * @param before the settings of the run that goes on
 * @throws UsageError where a setting or the preset cannot be; Error where the preset has another shape than the model to go on
 * from
 */
export async function readBeginning(
  args: Arguments,
  before: RunSettings | null,
  text: Text,
): Promise<Beginning> {
  const settings = readSettings(args);
  const given = await readParent(args);
  if (before && args.given("preset") === undefined) {
    return { preset: changeSettings(before, settings), from: given };
  }
  const preset = args.requireText("preset");
  const isAuto = preset === AUTO;
  if (!isAuto) asUsage(() => findPreset(preset));
  const takesBase = isAuto && args.text("from") === undefined && suitsBase({ ...text, settings });
  const from = given ?? (takesBase ? await readBase() : undefined);
  const { tokenizer } = text;
  const chosen = chooseSettings({ preset, settings, tokenizer }, from);
  return {
    preset: before ? withAbsentSettings(chosen, before, settings) : chosen,
    from,
    reason: explain(preset, given, from),
  };
}

function explain(
  preset: string,
  given: Parent | undefined,
  from: Parent | undefined,
): string | undefined {
  if (preset !== AUTO) {
    return given && `a low learning rate, to go on from a model, in place of preset ${preset}'s`;
  }
  if (!from) return "auto: preset quick, as nothing is there to go on from for this text or shape";
  return given
    ? "auto: the shape of the model that it goes on from, a low learning rate"
    : "auto: goes on from the base model, which knows general English; --from none begins from nothing";
}

/** A run that is older than a setting goes on without it, whatever presets have today, unless it is given. */
function withAbsentSettings(preset: Preset, before: RunSettings, given: SettingChanges): Preset {
  const had: Record<string, unknown> = { ...before.model, ...before.training };
  const absent = hyperParameters.flatMap(([name, { whenAbsent }]) =>
    whenAbsent !== undefined && had[name] === whenAbsent && !(name in given)
      ? [[name, whenAbsent] as const]
      : [],
  );
  return changeSettings(preset, Object.fromEntries(absent));
}
