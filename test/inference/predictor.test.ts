import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { LanguageModel } from "#inference/language-model";
import { writeEdgeFile } from "#model/edge-file";
import type { MasterModel } from "#model/master-file";
import { Predictor } from "../../inference/predictor.ts";
import type { Prediction } from "../../inference/predictor.ts";
import { makeTinyModel } from "../tiny-model.ts";

const module = new WebAssembly.Module(readFileSync("kernels/build/edge.wasm"));
const predictorOf = (model: MasterModel) =>
  new Predictor(LanguageModel.open(module, writeEdgeFile(model)));

const predictor = predictorOf(makeTinyModel());
const predict = (text: string, limit = 100, by = predictor) =>
  by.predict(by.start(), "", text, limit);
const words = (predictions: Prediction[]) => predictions.map(({ word }) => word);
const total = (predictions: Prediction[]) =>
  predictions.reduce((sum, { probability }) => sum + probability, 0);

const TEXT =
  'The State of the Union. "Our people," of 1,945 years,\n\nand the UNITED world’s end... is in';

describe("predictions", () => {
  it("are ranked, and their probabilities add up to at most 1", () => {
    for (const text of ["", "the", "the uni", "the united", "the people, "]) {
      const probabilities = predict(text).map(({ probability }) => probability);
      expect(probabilities).toEqual(probabilities.toSorted((a, b) => b - a));
      expect(probabilities.reduce((sum, value) => sum + value, 0)).toBeLessThan(1.00001);
    }
  });

  it("never offer a placeholder or a mark", () => {
    const offered = words(predict("the people "));
    expect(offered).toHaveLength(33 - 3 - 2); // <unk> <eos> <num> , .
    for (const word of offered) expect(word).toMatch(/^\p{L}+$/u);
  });

  it("are as many as asked for", () => {
    expect(predict("the ", 1)).toHaveLength(1);
    expect(predict("the uni", 2)).toHaveLength(2);
  });

  it("begin a sentence with a capital", () => {
    expect(predict("It is.", 1)[0]!.insert).toMatch(/^ \p{Lu}/u);
  });

  it("are the same bits whether the text is read at once or goes on from a point", () => {
    const whole = predict(TEXT);
    for (let cut = 0; cut <= TEXT.length; cut++) {
      const point = predictor.commit(predictor.start(), TEXT.slice(0, cut));
      const { position } = point;
      expect(predictor.predict(point, TEXT.slice(0, position), TEXT.slice(position), 100)).toEqual(whole); // prettier-ignore
    }
  });
});

describe("a text that is typed letter by letter", () => {
  it("gets at each letter what it gets at once, and so it does after a step back", () => {
    const typist = predictorOf(makeTinyModel());
    let point = typist.start();
    for (let end = 0; end <= TEXT.length; end++) {
      const before = point;
      point = typist.commit(point, TEXT.slice(point.position, end));
      for (const from of [point, before, point]) {
        const rest = TEXT.slice(from.position, end);
        expect(typist.predict(from, TEXT.slice(0, from.position), rest, 9)).toEqual(
          predict(TEXT.slice(0, end), 9),
        );
      }
    }
  });
});

describe("inside a word", () => {
  it("are the words that start so, as if one of them had to come", () => {
    const predictions = predict("the uni");
    expect(words(predictions).sort()).toEqual(["United", "uniform", "union", "unit", "unity"]);
    expect(total(predictions)).toBeCloseTo(1, 5);
  });

  it("insert the rest of the word in the case it was begun in", () => {
    const insertOf = (text: string) => predict(text).find(({ word }) => word === "United")!.insert;
    expect(insertOf("the uni")).toBe("ted");
    expect(insertOf("THE UNI")).toBe("TED");
  });

  it("keep the ratio of their probabilities between words", () => {
    const inside = predict("the uni");
    const between = predict("the ");
    const ratio = (predictions: Prediction[]) =>
      predictions.find(({ word }) => word === "union")!.probability /
      predictions.find(({ word }) => word === "unity")!.probability;
    expect(ratio(inside)).toBeCloseTo(ratio(between), 3);
  });

  it("go on with the next word where the letters are a whole word", () => {
    const predictions = predict("the united", 5);
    expect(predictions).toEqual(
      predict("the united ", 5).map((prediction) => ({
        ...prediction,
        insert: ` ${prediction.insert}`,
      })),
    );
  });

  it("share the probability between completions and what follows a whole word", () => {
    const predictions = predict("the unit");
    const completions = predictions.filter(({ insert }) => !insert.startsWith(" "));
    expect(words(completions).sort()).toEqual(["United", "unity"]);
    expect(predictions.length).toBeGreaterThan(20);
    expect(total(predictions)).toBeLessThan(1.00001);
    // <unk>, <eos>, <num> and the marks have a share too, but are not offered
    expect(total(predictions)).toBeGreaterThan(0.8);
  });

  it("are those that follow an unknown word where no word starts so", () => {
    const follow = predict("the zzz ", 5).map((prediction) => ({ ...prediction, insert: ` ${prediction.insert}` })); // prettier-ignore
    expect(predict("the zzz", 5)).toEqual(follow);
  });

  it("are none inside an address", () => {
    for (const text of ["see www.", "see https://un", "to me@un", "foo.un"]) expect(predict(text)).toEqual([]); // prettier-ignore
  });
});

describe("with tokens that spaces separate", () => {
  const spaced = predictorOf(makeTinyModel({ tokenizer: "whitespace" }));

  it("predicts what comes next", () => {
    const predictions = predict("the people of ", 100, spaced);
    expect(predictions[0]!.insert).toBe(predictions[0]!.word);
    expect(words(predictions)).not.toContain("<unk>");
  });

  it("follows a mark, which is a whole word but never offered itself", () => {
    const predictions = predict("the people ,", 3, spaced);
    expect(predictions).toHaveLength(3);
    for (const { insert } of predictions) expect(insert).toMatch(/^ /);
  });
});
