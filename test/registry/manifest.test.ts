// What a version was trained on, file by file: kept beside its run, in its card, shown, and left out where somebody asks.

import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readMasterFile } from "#model/master-file";
import { writeRunVersion } from "#registry/publish";
import { readCard } from "#registry/version-card";
import { train } from "#training/loop/train";
import { RunFolder } from "#training/run/folder";
import { modelsShow } from "../../cli/commands/models-show.ts";
import { runCommand } from "../cli/run-command.ts";
import { START_LIMIT_MS, startLocalBucket } from "../local-bucket.ts";
import type { LocalBucket } from "../local-bucket.ts";
import { listenTo, tinyRun, writeTinyCorpus } from "../training/tiny-run.ts";

let folder: string;
let corpus: string;
let bucket: LocalBucket;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "manifest-"));
  corpus = join(folder, "notes");
  await mkdir(join(corpus, "mail"), { recursive: true });
  await writeTinyCorpus(join(corpus, "a.txt"), 500);
  await writeTinyCorpus(join(corpus, "b.txt"), 300);
  await writeFile(join(corpus, "mail", "ann.txt"), "Ann writes of zeppelins. ".repeat(60));
  bucket = await startLocalBucket();
}, START_LIMIT_MS);
afterAll(async () => {
  await bucket.close();
  await rm(folder, { recursive: true });
});

async function trainOn(name: string, text: { without?: string[] } = {}) {
  const files = new RunFolder(join(folder, name));
  const run = tinyRun(corpus, files);
  const training = { ...run.preset.training, epochs: 1 };
  const options = { ...run, preset: { ...run.preset, training }, text };
  await train({ ...options, corpusKey: "corpora/notes/", corpusLicence: "CC0" }, listenTo());
  const manifest: unknown = JSON.parse(await readFile(files.addressOf("manifest.json"), "utf8"));
  const master = readMasterFile(await readFile(files.addressOf("master.safetensors")));
  return { files, manifest: manifest as { files: { key: string }[] }, master };
}

describe("a run's manifest", () => {
  it("names every file with its digest and bytes, is in the version's card, and is shown", async () => {
    const { files, manifest } = await trainOn("whole");
    const body = await readFile(join(corpus, "b.txt"));
    const sha256 = createHash("sha256").update(body).digest("hex");
    expect(manifest).toMatchObject({ corpus: "corpora/notes/", licence: "CC0", without: [] });
    expect(manifest.files.map(({ key }) => key)).toEqual(["a.txt", "b.txt", "mail/ann.txt"].map((file) => `corpora/notes/${file}`)); // prettier-ignore
    expect(manifest.files[1]).toEqual({
      key: "corpora/notes/b.txt",
      sha256,
      bytes: body.length,
      licence: "CC0",
    });

    const { version } = await writeRunVersion(bucket.store, "notes", files, {});
    expect((await readCard(bucket.store, "notes", version))!.manifest).toEqual(manifest);
    const words = [version, "--name", "notes", "--store", bucket.address];
    const { text, json } = await runCommand(modelsShow, ...words);
    expect(text).toContain(`corpora/notes/b.txt  ${body.length} bytes  sha256 ${sha256}`);
    expect(text).toContain("licence: CC0");
    expect(json).toMatchObject({ version, current: false, manifest });
  });

  it("has what was left out by name, of which the model knows nothing", async () => {
    expect((await trainOn("with")).master.vocabulary.has("zeppelins")).toBe(true);
    const without = ["corpora/notes/mail/ann.txt"];
    const { manifest, master } = await trainOn("without", { without });
    expect(manifest).toMatchObject({ without });
    expect(manifest.files).toHaveLength(2);
    expect(master.vocabulary.has("zeppelins")).toBe(false);
    expect(master.metadata.trainingText).toMatchObject({ without });
  });

  it("is not begun where what is to be left out is not there", async () => {
    await expect(trainOn("typo", { without: ["mail/anne.txt"] })).rejects.toThrow(
      'has no file "mail/anne.txt" to be left out',
    );
  });
});

describe("models show", () => {
  it("names a version that is not there", async () => {
    const words = ["20261123-222909-3666db", "--store", bucket.address];
    await expect(runCommand(modelsShow, ...words)).rejects.toThrow("there is no version 20261123");
  });
});
