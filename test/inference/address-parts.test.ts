import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { acceptPrediction, applyChange } from "#inference/acceptance";
import { isAddress, nextParts } from "#inference/address-parts";
import { NO_MEMORY } from "#inference/cache-mixture";
import type { CacheMixture } from "#inference/cache-mixture";
import { LanguageModel } from "#inference/language-model";
import { LocalSession } from "#inference/local-session";
import { Predictor } from "#inference/predictor";
import { writeEdgeFile } from "#model/edge-file";
import { makeTinyModel } from "../tiny-model.ts";

const MIRRORS = [
  "ftp://ftp.example.org/pub/gnome-debian/panel_1.deb",
  "ftp://ftp.example.org/pub/gnome-redhat/panel-1.rpm",
  "ftp://ftp.example.org/pub/gnome-redhat/applet-1.rpm",
];

const offered = (typed: string, addresses = MIRRORS) =>
  nextParts(typed, addresses)
    .sort((a, b) => b.probability - a.probability)
    .map(({ part, insert }) => [part, insert]);

describe("the parts of an address", () => {
  it("follow what they followed in known ones, with the marks behind them", () => {
    expect(offered("ftp://")).toEqual([["ftp", "ftp."]]);
    expect(offered("ftp://ftp.ex")).toEqual([["example", "ample."]]);
    expect(offered("ftp://ftp.example.org/pub/gnome-")).toEqual([["redhat", "redhat/"], ["debian", "debian/"]]); // prettier-ignore
  });

  it("are the rest of a part, and never what is there already", () => {
    expect(offered("ftp://ftp.example.org/pub/gnome-re")).toEqual([["redhat", "dhat/"]]);
    expect(offered("ftp://ftp.example.org/pub/gnome-redhat")).toEqual([]);
  });

  it("keep the letters that were typed, whatever their case", () => {
    expect(offered("FTP://FTP.EX")).toEqual([["example", "ample."]]);
    expect(offered("www.un", ["https://a.b/United-Nations"])).toEqual([["United", "ited-"]]);
  });

  it("are those behind the last part alone where no address has the two before", () => {
    expect(offered("https://mirror.net/pub/")).toEqual([["gnome", "gnome-"]]);
  });

  it("are any that begin so where nothing is known of what stands before", () => {
    expect(offered("https://mirror.net/app")).toEqual([["applet", "let-"]]);
    expect(offered("https://mirror.net/")).toEqual([]);
  });

  it("have probabilities that add up to 1", () => {
    for (const typed of ["ftp://", "ftp://ftp.example.org/pub/gnome-", "www.p"]) {
      const sum = nextParts(typed, MIRRORS).reduce((total, { probability }) => total + probability, 0); // prettier-ignore
      expect(sum).toBeCloseTo(1, 10);
    }
  });

  it("are none where no address is known", () => {
    expect(offered("https://exa", [])).toEqual([]);
  });
});

describe("an address", () => {
  it.each(["https://", "HTTP://a", "www.", "me@", "me@example.org", "x-y://z"])("is %s", (word) => {
    expect(isAddress(word)).toBe(true);
  });

  it.each(["https:/", "ww.", "and/or", "u.s", "@me", ""])("is not %s", (word) => {
    expect(isAddress(word)).toBe(false);
  });
});

describe("a session", () => {
  const module = new WebAssembly.Module(readFileSync("kernels/build/edge.wasm"));
  const model = LanguageModel.open(module, writeEdgeFile(makeTinyModel()));
  const BEFORE = "See https://example.org/docs/start and https://example.org/docs/api now. ";
  const listAfter = (typed: string, { session = new LocalSession(model), before = BEFORE } = {}) => {
    session.update(before);
    return session.update(before + typed, { limit: 10 });
  }; // prettier-ignore

  it("offers the next part of an address beside the whole ones it knows", () => {
    const list = listAfter("At https://exa").map(({ word, insert }) => [word, insert]);
    expect(list).toContainEqual(["example", "mple."]);
    expect(list).toContainEqual(["https://example.org/docs/api", "mple.org/docs/api"]);
  });

  it("goes on part by part in an address it has not seen", () => {
    let text = "At https://example.com/";
    for (const [word, becomes] of [
      ["docs", "At https://example.com/docs/"],
      ["api", "At https://example.com/docs/api "],
    ]) {
      const typed = word === "docs" ? `${text}d` : text;
      const prediction = listAfter(typed).find((item) => item.word === word)!;
      const change = acceptPrediction(typed, "", prediction);
      text = applyChange({ before: typed, after: "" }, change).before;
      expect(text).toBe(becomes);
    }
  });

  it("has probabilities of at most 1 in all", () => {
    const sum = listAfter("At https://example.org/docs/").reduce((total, { probability }) => total + probability, 0); // prettier-ignore
    expect(sum).toBeLessThan(1.00001);
  });

  it("adds no phrase to a part behind which more of the address comes", () => {
    const certain = LanguageModel.open(module, writeEdgeFile(makeTinyModel({ spread: 20 })));
    const session = new LocalSession(certain);
    session.update(BEFORE);
    const list = session.update(`${BEFORE}At https://example.net/do`, { phrases: true });
    expect(list.map(({ word, phrase }) => [word, phrase])).toEqual([["docs", undefined]]);
    const whole = session.update(`${BEFORE}At https://example.net/docs/ap`, { phrases: true });
    expect(whole[0]).toMatchObject({ word: "api", probability: 1 });
    expect(whole[0]!.phrase!.length).toBeGreaterThan(0);
  });

  it("goes by the addresses of the writer's profile too", () => {
    const predictor = new Predictor(model);
    const display = "https://example.org/Docs/api";
    const profile = { userWords: [{ word: display.toLowerCase(), display }], mix: (below: CacheMixture) => below }; // prettier-ignore
    const list = predictor.predict(predictor.start(), "", "see https://example.org/d", 5, { ...NO_MEMORY, profile }); // prettier-ignore
    expect(list.map(({ word, insert }) => [word, insert])).toContainEqual(["Docs", "ocs/"]);
  });

  it("offers no part of what is not to be learned, or is suppressed", () => {
    const session = new LocalSession(model, ["example"]);
    expect(listAfter("At https://exa", { session }).map(({ word }) => word)).not.toContain("example"); // prettier-ignore
    const silent = new LocalSession(model);
    silent.update(BEFORE, { learn: false });
    expect(silent.update(`${BEFORE}At https://exa`)).toEqual([]);
  });
});
