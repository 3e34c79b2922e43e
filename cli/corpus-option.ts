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
};

/** What was given of them. */
export function readSourceOptions(args: Arguments): SourceOptions {
  const exclude = args.all("exclude").flatMap((patterns) => patterns.split(","));
  const encoding = args.text("encoding");
  return { ...(encoding !== undefined && { encoding }), ...(exclude.length > 0 && { exclude }) };
}
