// The OpenAPI document, by the rules that redocly and spectral recommend.

import { beforeAll, describe, expect, it } from "vitest";
import { operationIdOf } from "../../edge/pages/describe-operations.ts";
import { writeOpenApiDocument } from "../../edge/pages/openapi-document.ts";

interface Operation {
  operationId: string;
  summary: string;
  description: string;
  tags: string[];
  responses: Record<string, { description: string }>;
}

let document: {
  servers: { url: string }[];
  info: { license: { name: string }; contact: object };
  tags: { name: string; description: string }[];
  paths: Record<string, Record<string, Operation>>;
};
let operations: [name: string, operation: Operation][];
beforeAll(async () => {
  document = JSON.parse(await writeOpenApiDocument());
  operations = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]): [string, Operation] => [`${method} ${path}`, operation]),
  );
}); // prettier-ignore

describe("the OpenAPI document", () => {
  it("names a server, a licence and a contact", () => {
    expect(document.servers).toHaveLength(1);
    expect(document.info).toMatchObject({ license: { name: "MIT" }, contact: {} });
  });

  it("gives each operation a name of its own, a tag, words, and an error", () => {
    const tags = document.tags.map(({ name }) => name);
    for (const [name, operation] of operations) {
      expect(operation.operationId, name).toMatch(/^[a-z][a-zA-Z]+$/);
      expect(tags, name).toEqual(expect.arrayContaining(operation.tags));
      expect(operation.tags, name).toHaveLength(1);
      expect(operation.summary, name).toBeTruthy();
      expect(operation.description, name).toBeTruthy();
      const statuses = Object.keys(operation.responses);
      expect(statuses.some((status) => status.startsWith("4")), name).toBe(true); // prettier-ignore
    }
    const names = operations.map(([, { operationId }]) => operationId);
    expect(new Set(names).size).toBe(names.length);
  });

  it.each([
    ["post", "/v1/predict", "predict"],
    ["post", "/v1/sessions", "createSession"],
    ["get", "/v1/sessions/{id}", "getSession"],
    ["post", "/v1/sessions/{id}/predict", "predictSession"],
    ["get", "/v1/models", "getModels"],
    ["get", "/v1/models/{model}/card", "getModelCard"],
    ["get", "/v1/tokenizer_info", "getTokenizerInfo"],
  ])("calls %s %s %s", (method, path, name) => {
    expect(operationIdOf(method, path)).toBe(name);
  });
});
