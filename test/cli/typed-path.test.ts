import { resolve } from "node:path";
import { expect, it } from "vitest";
import { typedPath } from "../../cli/typed-path.ts";

const fromDocs = { INIT_CWD: resolve("docs"), npm_lifecycle_event: "afterword" };

it.each([
  ["deploy.md", "docs/deploy.md"],
  ["../notes/", "notes"],
  ["..", "."],
  [".", "docs"],
  ["/tmp/notes", "/tmp/notes"],
  ["s3://bucket/runs/notes", "s3://bucket/runs/notes"],
  ["https://example.com/master.safetensors", "https://example.com/master.safetensors"],
])("%s, typed in docs/ for npm, is %s", (path, seen) => {
  expect(typedPath(path, fromDocs)).toBe(seen);
});

it("is left alone where npm did not start the program, or runs another script", () => {
  expect(typedPath("deploy.md", {})).toBe("deploy.md");
  expect(typedPath("deploy.md", { ...fromDocs, npm_lifecycle_event: "test" })).toBe("deploy.md");
});
