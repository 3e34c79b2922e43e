// cli/commands/corpus-push: `afterword corpus push`: text from a folder into the store, for jobs to train on.

import { basename, resolve } from "node:path";
import { pushCorpus } from "#registry/corpora";
import type { PushedFile } from "#registry/corpora";
import { MODEL_NAME } from "#model/layout";
import { allSources, findSources } from "#training/data/text-source";
import { UsageError } from "../command.ts";
import type { Arguments, Command } from "../command.ts";
import { CORPUS_OPTIONS, readSourceOptions } from "../corpus-option.ts";
import { DEPLOYED_STORE_OPTION, openDeployedStore } from "../deployment-option.ts";
import { formatBytes, ProgressLine } from "../progress.ts";

export const corpusPush: Command = {
  summary: "Uploads the text of a folder; files that the store holds already are left out.",
  positionals: { name: "DIR", help: "a folder of text files, or one file", isPath: true },
  options: {
    name: { value: "NAME", help: "the corpus's name (default: the folder's)" },
    ...CORPUS_OPTIONS,
    store: DEPLOYED_STORE_OPTION,
  },
  examples: ["corpus push notes/", "corpus push notes/ --name mail-english --json"],
  async run(args) {
    const { folder, name } = readUsage(args);
    const sources = await findSources(folder, readSourceOptions(args));
    const files = allSources(sources).map(({ name: path, file, encoding }) => ({
      path,
      file: file!,
      encoding,
    }));
    const store = await openDeployedStore(args);
    const line = new ProgressLine();
    let done = 0;
    const { prefix, pushed, left } = await pushCorpus(store, name, files, ({ file }) =>
      line.show(++done, files.length, () => file),
    );
    line.clear();
    const sent = pushed.filter(({ change }) => change !== "unchanged");
    return {
      json: {
        name,
        bucket: store.location.bucket,
        prefix,
        uploaded: sent.map(({ file }) => file),
        unchanged: pushed.length - sent.length,
        bytes: sumBytes(sent),
        left,
      },
      text: [
        ...sent.map(
          ({ file, bytes, change }) => `${change.padEnd(9)} ${file}, ${formatBytes(bytes)}`,
        ),
        ...left.map((file) => `left      ${file}, which the folder lacks: it is still trained on`),
        `${prefix} in ${store.location.bucket}: ${sent.length} uploaded (${formatBytes(sumBytes(sent))}), ` +
          `${pushed.length - sent.length} unchanged`,
      ].join("\n"),
      next: "npx afterword retrain --watch",
    };
  },
};

function readUsage(args: Arguments): { folder: string; name: string } {
  const [folder] = args.positionals;
  if (folder === undefined) throw new UsageError("give the folder, e.g. corpus push notes/");
  const name = args.text("name") ?? basename(resolve(folder));
  if (!MODEL_NAME.test(name)) {
    throw new UsageError(
      `corpus name "${name}" must be lower-case letters, digits and hyphens; give one with --name`,
    );
  }
  return { folder, name };
}

function sumBytes(files: PushedFile[]): number {
  return files.reduce((sum, { bytes }) => sum + bytes, 0);
}
