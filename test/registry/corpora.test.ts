import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { pullCorpus } from "#registry/corpora";
import type { ObjectStore } from "#registry/object-store";
import { corpusPush } from "../../cli/commands/corpus-push.ts";
import { runCommand } from "../cli/run-command.ts";
import { START_LIMIT_MS, startLocalBucket } from "../local-bucket.ts";
import type { LocalBucket } from "../local-bucket.ts";

const LETTERS = "Dear all,\nthe year was good.\n";

let bucket: LocalBucket;
let folder: string;
beforeAll(async () => {
  bucket = await startLocalBucket();
  folder = await mkdtemp(join(tmpdir(), "corpus-"));
  await mkdir(join(folder, "notes"));
  await writeFile(join(folder, "notes", "letters.txt"), LETTERS);
  await writeFile(join(folder, "notes", "mail.txt"), "Hello,\n");
  await writeFile(join(folder, "notes", ".hidden"), "never");
}, START_LIMIT_MS);
afterAll(async () => {
  await bucket.close();
  await rm(folder, { recursive: true });
});

function push(...words: string[]) {
  return runCommand(corpusPush, join(folder, "notes"), "--store", bucket.address, ...words);
}

describe("corpus push", () => {
  it("uploads a folder's files under the corpus that bears its name", async () => {
    const { json, text } = await push();
    expect(json).toMatchObject({
      name: "notes",
      prefix: "corpora/notes/",
      uploaded: ["letters.txt", "mail.txt"],
      unchanged: 0,
      bytes: LETTERS.length + 7,
      left: [],
    });
    expect(text).toContain("new       letters.txt");
    const stored = await bucket.store.get("corpora/notes/letters.txt");
    expect(new TextDecoder().decode(stored!.body)).toBe(LETTERS);
  });

  it("leaves out what the store holds already", async () => {
    expect((await push()).json).toMatchObject({ uploaded: [], unchanged: 2, bytes: 0 });
  });

  it("uploads what has changed, also where its length has not", async () => {
    await writeFile(join(folder, "notes", "mail.txt"), "Hallo,\n");
    const { json, text } = await push();
    expect(json).toMatchObject({ uploaded: ["mail.txt"], unchanged: 1 });
    expect(text).toContain("changed   mail.txt");
  });

  it("uploads a file of another encoding as UTF-8, and leaves out what is excluded", async () => {
    const old = join(folder, "old");
    await mkdir(old);
    await writeFile(join(old, "cafe.txt"), Buffer.from("Un caf\xe9.\n", "latin1"));
    await writeFile(join(old, "table.csv"), new Uint8Array([0, 1, 2]));
    const words = [
      old,
      "--store",
      bucket.address,
      "--encoding",
      "windows-1252",
      "--exclude",
      "*.csv",
    ];
    const { json, next } = await runCommand(corpusPush, ...words);
    expect(json).toMatchObject({ uploaded: ["cafe.txt"], bytes: 10 });
    expect(next).toContain("retrain");
    const stored = await bucket.store.get("corpora/old/cafe.txt");
    expect(new TextDecoder().decode(stored!.body)).toBe("Un café.\n");
    expect((await runCommand(corpusPush, ...words)).json).toMatchObject({ unchanged: 1 });
  });

  it("names what the store holds and the folder lacks", async () => {
    await bucket.store.put("corpora/notes/old.txt", "gone here");
    expect((await push()).json).toMatchObject({ left: ["old.txt"] });
  });

  it("goes by another name when asked to", async () => {
    expect((await push("--name", "mail-english")).json).toMatchObject({
      prefix: "corpora/mail-english/",
      uploaded: ["letters.txt", "mail.txt"],
    });
  });

  it("refuses a name that cannot be a key, a folder that is not there, and none", async () => {
    await expect(push("--name", "My Notes")).rejects.toThrow('corpus name "My Notes" must be');
    await expect(runCommand(corpusPush)).rejects.toThrow("give the folder");
    await expect(
      runCommand(corpusPush, join(folder, "none"), "--store", bucket.address),
    ).rejects.toThrow("is neither a file, a folder nor");
  });
});

describe("pulling a corpus", () => {
  it("brings the files that were pushed, byte for byte", async () => {
    const target = join(folder, "pulled");
    expect(await pullCorpus(bucket.store, "mail-english", target)).toMatchObject({
      files: 2,
    });
    expect((await readdir(target)).sort()).toEqual(["letters.txt", "mail.txt"]);
    expect(await readFile(join(target, "letters.txt"), "utf8")).toBe(LETTERS);
  });

  it("refuses a prefix without text, saying how to upload some", async () => {
    await expect(pullCorpus(bucket.store, "none", join(folder, "none"))).rejects.toThrow(
      'there is no text under "corpora/none/"',
    );
  });
});

describe("objects with odd names", () => {
  const pull = async (corpus: string) => {
    const into = await mkdtemp(join(folder, "pulled-"));
    await pullCorpus(bucket.store, corpus, into);
    return readdir(into, { recursive: true });
  };

  it("that a console made as folders are no text", async () => {
    for (const key of ["", "inner/", "empty/"])
      await bucket.store.put(`corpora/folders/${key}`, "");
    await bucket.store.put("corpora/folders/a.txt", LETTERS);
    await bucket.store.put("corpora/folders/inner/b.txt", LETTERS);
    expect((await pull("folders")).toSorted()).toEqual(["a.txt", "inner", "inner/b.txt"]);
    const here = join(folder, "notes");
    const { json } = await runCommand(corpusPush, here, "--store", bucket.address, "--name", "folders"); // prettier-ignore
    expect((json as { left: string[] }).left).not.toContain("");
  });

  it("alone are no corpus", async () => {
    await bucket.store.put("corpora/only-a-folder/", "");
    await expect(pull("only-a-folder")).rejects.toThrow("there is no text under");
  });

  it.each([
    ["dots", "..", "can be no file here"],
    ["outside", "../../etc/passwd", "can be no file here"],
    ["gaps", "a//b.txt", "can be no file here"],
    ["lines", "a\nb.txt", "can be no file here"],
    ["windows", "a\\b.txt", "can be no file here"],
  ])("are refused by their name: %s", async (corpus, key, message) => {
    // S3 takes any name; the local bucket does not
    const listing = [{ key: `corpora/${corpus}/${key}`, bytes: 1, etag: "" }];
    const store = new Proxy(bucket.store, {
      get: (target, property: keyof ObjectStore) =>
        property === "listObjects" ? () => Promise.resolve(listing) : target[property],
    });
    await expect(pullCorpus(store, corpus, folder)).rejects.toThrow(message);
  });

  it("that are a text and a folder at once are refused", async () => {
    await bucket.store.put("corpora/both/a", LETTERS);
    await bucket.store.put("corpora/both/a/b.txt", LETTERS);
    await expect(pull("both")).rejects.toThrow(
      '"corpora/both/a" in the bucket is a text and a folder',
    );
  });
});
