// cli/corpus-option: the options that say which files of a corpus are read, and how.

import type { SourceOptions } from "#training/data/text-source";
import type { Arguments, OptionSpec } from "./command.ts";

export const CORPUS_OPTIONS: Record<string, OptionSpec> = {
  encoding: {
    value: "NAME",
    help: "of files that are not Unicode, e.g. windows-1252 or shift_jis",
  },
  exclude: {
    value: "PATTERNS",
    help: "files to leave out, e.g. '*.csv' or 'drafts/**'; several with commas or given again",
    many: true,
  },
  without: {
    value: "KEY",
    help: "a file to leave out, as manifest.json of a run or `models show` names it; may be given again",
    many: true,
  },
};

/** What was given of them. */
export function readSourceOptions(args: Arguments): SourceOptions {
  const exclude = args.all("exclude").flatMap((patterns) => patterns.split(","));
  const without = args.all("without");
  const encoding = args.text("encoding");
  return {
    ...(encoding !== undefined && { encoding }),
    ...(exclude.length > 0 && { exclude }),
    ...(without.length > 0 && { without }),
  };
}
