// cli/setting-options: the hyper-parameters as options of `train`, from their tables (model/hyper-parameters).

import { SETTING_HELP } from "#config/setting-help";
import { hyperParameters, partOf } from "#model/hyper-parameters";
import type { HyperParameter } from "#model/hyper-parameters";
import { PRESETS } from "#model/presets";
import type { Preset, SettingChanges } from "#model/presets";
import { findProblem } from "#model/settings";
import { UsageError } from "./command.ts";
import type { Arguments, OptionSpec } from "./command.ts";

/** The options, a complement after the setting that it is 1 minus of. */
export const SETTING_OPTIONS: Record<string, OptionSpec> = Object.fromEntries(
  hyperParameters.flatMap(([name, entry]): [string, OptionSpec][] => [
    [entry.flag, { ...valueOf(entry), help: describe(SETTING_HELP[name], entry) }],
    ...(entry.complement
      ? [
          [entry.complement.flag, { value: "N", help: entry.complement.help }] as [
            string,
            OptionSpec,
          ],
        ]
      : []),
  ]),
);

function valueOf({ kind }: HyperParameter): Pick<OptionSpec, "value" | "negatable"> {
  return kind === "boolean" ? { negatable: true } : { value: "N" };
}

function describe(help: string, { kind, min, max }: HyperParameter): string {
  return kind === "boolean" ? help : `${help}; ${min} to ${max}`;
}

/** What each preset sets, a row for each setting that they differ in. */
export function presetTable(): string {
  const names = Object.keys(PRESETS);
  const rows = hyperParameters.flatMap(([name, { flag }]) => {
    const values = Object.values(PRESETS).map((preset: Preset) =>
      String((preset[partOf(name)] as Record<string, number | boolean>)[name]).slice(0, 6),
    );
    return new Set(values).size > 1 ? [[flag, ...values]] : [];
  });
  const table = [["", ...names], ...rows];
  const widths = table[0]!.map((_, column) => Math.max(...table.map((row) => row[column]!.length)));
  const line = ([head = "", ...cells]: string[]) =>
    `  ${head.padEnd(widths[0]!)}${cells.map((cell, i) => cell.padStart(widths[i + 1]! + 2)).join("")}`;
  return ["Presets:", ...table.map(line)].join("\n");
}

/**
 * The settings that were given, by their names in the table.
 * @throws UsageError with the option that was typed where a value cannot be
 */
export function readSettings(args: Arguments): SettingChanges {
  const changes: SettingChanges = {};
  for (const [name, entry] of hyperParameters) {
    const { kind, flag, complement } = entry;
    const given = kind === "boolean" ? args.given(flag) : readNumber(args, flag, entry);
    if (given !== undefined) changes[name] = given as number | boolean;
    if (!complement) continue;
    // the share that is dropped, for one that is kept
    const range = { ...entry, min: 1 - entry.max!, max: 1 - entry.min! };
    const dropped = readNumber(args, complement.flag, range);
    if (dropped === undefined) continue;
    if (given !== undefined) {
      throw new UsageError(`--${flag} and --${complement.flag} are one setting; give one of them`);
    }
    changes[name] = Number((1 - dropped).toPrecision(12)); // 1 − 0.9 is 0.1
  }
  return changes;
}

function readNumber(args: Arguments, flag: string, entry: HyperParameter): number | undefined {
  const value = args.number(flag);
  if (value === undefined) return undefined;
  const problem = findProblem(entry, value);
  if (problem !== null) throw new UsageError(`--${flag} ${problem}`);
  return value;
}

/** What somebody should hear who knows the options of the first release, where a share kept is now a share dropped. */
export function describeChangedOptions(args: Arguments): string[] {
  return hyperParameters.flatMap(([, { flag, complement }]) => {
    const dropped = complement && args.number(complement.flag);
    if (complement === undefined || dropped === undefined || dropped === 0.5) return [];
    const [drops, keeps] = [dropped, 1 - dropped].map(
      (share) => `${Number((100 * share).toFixed(4))} %`,
    );
    return [
      `--${complement.flag} ${dropped} drops ${drops} and keeps ${keeps}; in the first release it was the share that is kept, ` +
        `which is --${flag} now`,
    ];
  });
}
