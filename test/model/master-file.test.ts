import { describe, expect, it } from "vitest";
import { readMasterFile, writeMasterFile } from "#model/master-file";
import { makeTinyModel } from "../tiny-model.ts";

const master = makeTinyModel();
const file = writeMasterFile(master);

describe.each([
  ["an array of bytes", file],
  ["a Node buffer", Buffer.from(file)],
])("from %s", (_, bytes) => {
  it("reads back what it wrote", () => {
    const read = readMasterFile(bytes);
    expect(read.metadata).toEqual(master.metadata);
    expect(read.weights).toEqual(master.weights);
    expect(read.vocabulary.entries).toEqual(master.vocabulary.entries);
  });
});

it("leaves out the softmax weight of a tied model", () => {
  const tied = makeTinyModel({ config: { tied: true } });
  expect([...readMasterFile(writeMasterFile(tied)).weights.keys()]).not.toContain("softmax.weight");
});

it("refuses a file that is cut off", () => {
  expect(() => readMasterFile(file.subarray(0, -1))).toThrow("its header promises");
});

it("refuses a model of a newer format, saying what to do", () => {
  const newer = { ...master, metadata: { ...master.metadata, formatVersion: 2 } };
  expect(() => readMasterFile(writeMasterFile(newer))).toThrow("deploy the edge and the trainer");
});

it("refuses a vocabulary of another size than the config's", () => {
  const config = { ...master.metadata.config, vocabularySize: 34 };
  const { weights } = makeTinyModel({ config });
  const wrong = { ...master, weights, metadata: { ...master.metadata, config } };
  expect(() => readMasterFile(writeMasterFile(wrong))).toThrow("vocabulary has 33 words");
});
