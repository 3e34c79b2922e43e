// Corpora as people have them: folders of folders, links, files named like splits, other encodings, and files that are no text.

import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findTokenizer } from "#model/tokenizers/find";
import { splitText } from "#training/data/split-text";
import { allSources, findSources } from "#training/data/text-source";
import type { SourceOptions } from "#training/data/text-source";

let root: string;
let folders = 0;
beforeAll(async () => (root = await mkdtemp(join(tmpdir(), "sources-"))));
afterAll(() => rm(root, { recursive: true }));

async function writeFolder(files: Record<string, string | Uint8Array>): Promise<string> {
  const folder = join(root, String(folders++));
  for (const [file, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await writeFile(join(folder, file), content);
  }
  await mkdir(folder, { recursive: true });
  return folder;
}

const filesOf = async (folder: string, options?: SourceOptions) =>
  allSources(await findSources(folder, options)).map(({ file }) => file);

async function wordsOf(path: string, options?: SourceOptions): Promise<string> {
  const sources = await findSources(path, options);
  const { store } = await splitText(sources, findTokenizer("text"));
  return Array.from({ length: store.size }, (_, at) => store.spellings[store.at(at)]!.word).join(
    " ",
  );
}

describe("a folder", () => {
  it("is read with its sub-folders, sorted by path", async () => {
    const folder = await writeFolder({ "b.md": "B.", "2019/may/a.md": "A.", "2020/c.txt": "C." });
    expect(await filesOf(folder)).toEqual(["2019/may/a.md", "2020/c.txt", "b.md"]);
  });

  it("is read where links lead, and a circle of them ends", async () => {
    const other = await writeFolder({ "deep/far.txt": "Far away." });
    const folder = await writeFolder({ "near.txt": "Near." });
    await symlink(join(other, "deep"), join(folder, "link"));
    await symlink(join(other, "deep", "far.txt"), join(folder, "other.txt"));
    await symlink(folder, join(folder, "self"));
    expect(await filesOf(folder)).toEqual(["link/far.txt", "near.txt", "other.txt"]);
  });

  it("says what it leaves out: hidden files, links that lead nowhere, what is excluded", async () => {
    const folder = await writeFolder({
      "a.txt": "A.",
      ".git/config": "x",
      "draft/one.txt": "One.",
      "draft/two.md": "Two.",
      "pictures/p.png": "no",
    });
    await symlink(join(folder, "gone"), join(folder, "broken.txt"));
    const options = { exclude: ["*.png", "draft/*.md"] };
    const { notices } = await findSources(folder, options);
    expect(notices!.join()).toContain("1 hidden (.git)");
    expect(notices!.join()).toContain("2 excluded (draft/two.md, pictures/p.png)");
    expect(notices!.join()).toContain("1 links that lead nowhere (broken.txt)");
    expect(await filesOf(folder, options)).toEqual(["a.txt", "draft/one.txt"]);
    expect(await filesOf(folder, { exclude: ["draft/", "pictures"] })).toEqual(["a.txt"]);
  });

  it.each([
    ["holds nothing", {}, "holds no files"],
    ["holds hidden files alone", { ".x": "y" }, "holds no files; left out: 1 hidden (.x)"],
    [
      "holds white space alone",
      { "a.txt": " \n\t", "b.txt": "" },
      "has no text: the folder is empty",
    ],
  ])("that %s is refused", async (_, files, message) => {
    await expect(findSources(await writeFolder(files))).rejects.toThrow(message);
  });
});

describe("a file", () => {
  it.each(["", " \n\r\n\t ", "\uFEFF"])("without text is refused as empty: %j", async (text) => {
    const folder = await writeFolder({ "a.txt": text });
    await expect(findSources(join(folder, "a.txt"))).rejects.toThrow("the file is empty");
  });
});

describe("files named like splits", () => {
  it.each([
    ["train.txt", "valid.txt", "test.txt"],
    ["train.txt", "dev.txt", "test.txt"],
    ["Train.TXT", "VAL.txt", "Test.md"],
    ["train", "valid", "test"],
    ["ptb.train.txt", "ptb.valid.txt", "ptb.test.txt"],
    ["train/a.txt", "validation/b.txt", "test/c.txt"],
  ])("are the splits: %s, %s, %s", async (train, valid, test) => {
    const folder = await writeFolder({
      [train]: "A.",
      [valid]: "B.",
      [test]: "C.",
      "readme.md": "D.",
    });
    const sources = await findSources(folder);
    if ("whole" in sources) throw new Error("it should come split");
    const named = [sources.train, sources.valid, sources.test].map(([source]) => source!.file);
    expect(named).toEqual([train, valid, test]);
    expect(sources.notices!.join()).toContain("left out: readme.md");
  });

  it.each([
    ["my-training-plan.md", "validity.md", "latest-news.md"],
    ["strained-thoughts.txt", "invalid-claims.txt", "latest.txt"],
    ["train-ride.md", "valid-points.md", "test-drive.md"],
    ["notes.txt", "valid.txt", "test.txt"],
    ["train.txt", "letters.txt", "diary.txt"],
  ])("are text like any other where the whole name is not one: %s, %s, %s", async (...names) => {
    const folder = await writeFolder(Object.fromEntries(names.map((name) => [name, "Text."])));
    expect("whole" in (await findSources(folder))).toBe(true);
    expect(await filesOf(folder)).toEqual(names.toSorted());
  });

  it("are refused where one is missing or there twice, rather than mixed", async () => {
    const two = await writeFolder({ "train.txt": "A.", "test.txt": "B." });
    await expect(findSources(two)).rejects.toThrow("named train and test but none named valid");
    const twice = await writeFolder({
      "train.txt": "A.",
      "val.txt": "B.",
      "dev.txt": "C.",
      "test.txt": "D.",
    });
    await expect(findSources(twice)).rejects.toThrow("names its valid split more than once");
  });
});

describe("encodings", () => {
  const TEXT = "Größe, naïve: ça va.";
  const expected = "größe , naïve : ça va . <eos>";

  it.each([
    ["UTF-16, little end first", Buffer.from(`\uFEFF${TEXT}`, "utf16le")],
    ["UTF-16, big end first", Buffer.from(`\uFEFF${TEXT}`, "utf16le").swap16()],
    ["UTF-8 with a mark", Buffer.from(`\uFEFF${TEXT}`)],
  ])("are told by their byte order mark: %s", async (_, bytes) => {
    const folder = await writeFolder({ "a.txt": bytes });
    expect(await wordsOf(join(folder, "a.txt"))).toBe(expected);
  });

  it("may be named for files that are not Unicode", async () => {
    const folder = await writeFolder({ "a.txt": Buffer.from(TEXT, "latin1"), "b.txt": TEXT });
    expect(await wordsOf(folder, { encoding: "windows-1252" })).toBe(`${expected} ${expected}`);
    await expect(findSources(folder, { encoding: "klingon" })).rejects.toThrow(
      'unknown encoding "klingon"',
    );
  });

  it("that cannot be read are refused in one sentence that names all files and what they look like", async () => {
    const folder = await writeFolder({
      "good.txt": "Good.",
      "latin.txt": Buffer.from(TEXT, "latin1"),
      "log.gz": gzipSync("text"),
      "picture.png": Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 13, 10),
      "zeros.bin": new Uint8Array(9),
    });
    const message = await findSources(folder).catch((error: Error) => error.message);
    expect(message).toMatch(/^4 files cannot be read: /);
    expect(message).toMatch(/latin\.txt" is not UTF-8 text, at or after byte 0/);
    expect(message).toMatch(/log\.gz" is gzip/);
    expect(message).toMatch(/picture\.png" is PNG/);
    expect(message).toMatch(/zeros\.bin" looks binary: it has zero bytes/);
    expect(message).toMatch(/--exclude, or name their encoding, e\.g\. --encoding windows-1252$/);
  });
});
