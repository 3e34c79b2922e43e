// Every package that npm installs is checked by its digest, those of other platforms among them.

import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { listUnchecked, specifierOf } from "../../tooling/lock-integrity.ts";
import type { LockedPackage } from "../../tooling/lock-integrity.ts";

it.each(["package-lock.json", "job/image/package-lock.json"])("%s has a digest of each", (file) => {
  const { packages } = JSON.parse(readFileSync(file, "utf8")) as { packages: Record<string, LockedPackage> }; // prettier-ignore
  expect(Object.keys(packages).length).toBeGreaterThan(100);
  expect(listUnchecked(packages)).toEqual([]);
  for (const [folder, { integrity = "sha512-" }] of Object.entries(packages)) {
    expect(`${folder} ${integrity}`).toMatch(/ sha512-/);
  }
});

it("finds packages without one, but for links, bundled ones and the project itself", () => {
  const found = listUnchecked({
    "": { version: "1.0.0" },
    "node_modules/a": { version: "1.0.0" },
    "node_modules/b": { version: "1.0.0", integrity: "sha512-x" },
    "node_modules/c": { link: true },
    "node_modules/d/node_modules/e": { version: "1.0.0", inBundle: true },
  });
  expect(found).toEqual(["node_modules/a"]);
});

it("asks for nested, scoped and renamed packages by the name that the registry has", () => {
  const version = "2.0.0";
  expect(specifierOf("node_modules/a", { version })).toBe("a@2.0.0");
  expect(specifierOf("node_modules/a/node_modules/@b/c", { version })).toBe("@b/c@2.0.0");
  expect(specifierOf("node_modules/alias", { name: "real", version })).toBe("real@2.0.0");
});
