import { beforeAll, describe, expect, it } from "vitest";
import { call, createSession, predict, predictIn, publish, startAfresh, VERSION_A } from "./support.ts"; // prettier-ignore

beforeAll(async () => {
  await startAfresh();
  await publish({ version: VERSION_A });
});

describe("POST /v1/predict", () => {
  it("answers the topK words with what to type", async () => {
    const { status, body } = await predict({ text: "the united ", limit: 3 });
    expect(status).toBe(200);
    expect(body).toMatchObject({ model: "default", version: VERSION_A });
    expect(body.predictions).toHaveLength(3);
    for (const { word, probability, insert } of body.predictions) {
      expect(insert).toBe(word);
      expect(probability).toBeGreaterThan(0);
      expect(probability).toBeLessThan(1);
    }
  });

  it("answers five words where no limit is given", async () => {
    expect((await predict({ text: "the" })).body.predictions).toHaveLength(5);
  });

  it("predicts after no text at all", async () => {
    expect((await predict({ text: "" })).body.predictions).toHaveLength(5);
  });

  it("completes the word that the text ends in", async () => {
    const { body } = await predict({ text: "the uni", limit: 100 });
    const words = body.predictions.map(({ word }: { word: string }) => word).sort();
    expect(words).toEqual(["United", "uniform", "union", "unit", "unity"]);
  });
});

const WRONG = [
  ["no text", {}, "text"],
  ["a text that is a number", { text: 7 }, "text"],
  ["limit 0", { text: "a", limit: 0 }, "limit"],
  ["limit 1000", { text: "a", limit: 1_000 }, "limit"],
  ["limit 2.5", { text: "a", limit: 2.5 }, "limit"],
  ["limit in words", { text: "a", limit: "five" }, "limit"],
  ["a model's name with a slash", { text: "a", model: "../x" }, "model"],
  ["a field that does not exist", { text: "a", limits: 3 }, "limits"],
  ["a list for a body", [], null],
  ["null for a body", "null", null],
] as const;

describe("a bad request", () => {
  it.each(WRONG)("with %s is a 400 that names the field", async (_, body, param) => {
    const answer = await predict(body);
    expect(answer.status).toBe(400);
    expect(answer.body.error).toMatchObject({
      type: "invalid_request_error",
      param,
      code: "invalid_value",
    });
  });

  it("with malformed JSON is a 400 that says so", async () => {
    const { status, body } = await predict('{"text": "the');
    expect(status).toBe(400);
    expect(body.error).toEqual({
      message: "the body is not valid JSON",
      type: "invalid_request_error",
      param: null,
      code: "malformed_json",
    });
  });

  it("with a text of 1 MB is a 413 that says how much is allowed", async () => {
    const { status, body } = await predict({ text: "word ".repeat(200_000) });
    expect(status).toBe(413);
    expect(body.error.message).toContain("65536 bytes");
  });

  it("with a text just too long in UTF-8 is a 413 that names the field", async () => {
    expect((await predict({ text: "ä ".repeat(21_845) })).status).toBe(200);
    const { status, body } = await predict({ text: "ä ".repeat(21_846) });
    expect(status).toBe(413);
    expect(body.error).toMatchObject({ param: "text", code: "text_too_long" });
  });

  it("with an unknown model is a 404 that names the field", async () => {
    const { status, body } = await predict({ text: "a", model: "nobody" });
    expect(status).toBe(404);
    expect(body.error).toMatchObject({ param: "model", code: "model_not_found" });
  });

  it("to an unknown route is a 404 in the same shape", async () => {
    for (const [method, path] of [
      ["GET", "/v2/x"],
      ["POST", "/v1/predictions"],
    ] as const) {
      const { status, body } = await call(method, path);
      expect(status).toBe(404);
      expect(body.error.code).toBe("route_not_found");
    }
  });
});

describe("a slip", () => {
  it.each([
    [{}, "text", "text is needed: a string"],
    [{ text: 5 }, "text", "text must be a string, got a number"],
    [{ text: null }, "text", "text must be a string, got null"],
    [{ text: "a", limit: "5" }, "limit", "limit must be a number, got a string"],
    [{ text: "a", limit: 0 }, "limit", "limit must be at least 1"],
    [{ text: "a", limit: 1_000 }, "limit", "limit must be at most 100"],
    [{ text: "a", n: 3 }, "n", 'there is no field "n"; /docs lists those of this route'],
    [[], null, "the body must be an object, got an array"],
  ])("in the body, %j, is said in a sentence", async (body, param, message) => {
    const answer = await call("POST", "/v1/predict", body);
    expect([answer.status, answer.body.error]).toMatchObject([400, { param, message }]);
  });

  it.each([
    ["GET", "/v1/predict", "POST"],
    ["POST", "/health", "GET"],
    ["PUT", "/v1/sessions/x", "GET, DELETE"],
    ["DELETE", "/", "GET"],
  ])("in the method, %s %s, is told what the path takes", async (method, path, allow) => {
    const { status, headers, body } = await call(method, path);
    expect([status, headers.get("allow"), body.error.code]).toEqual([405, allow, "method_not_allowed"]); // prettier-ignore
  });

  it.each([
    ["/v1/chat/completions", "POST /v1/completions"],
    ["/v1/v1/sessions", "ends with /v1 already"],
    ["/v1/sessions//predict", "is empty"],
  ])("in the path, %s, is told what is wrong", async (path, advice) => {
    const { status, body } = await call("POST", path, { text: "the" });
    expect([status, body.error.code]).toEqual([404, "route_not_found"]);
    expect(body.error.message).toContain(advice);
  });
});

describe("every response", () => {
  it("carries a request id, the client's own where it sent one", async () => {
    for (const answer of [
      await predict({ text: "a" }),
      await predict({}),
      await call("GET", "/no"),
    ]) {
      expect(answer.headers.get("x-request-id")).toMatch(/^[\w-]{10,}$/);
    }
  });

  it("may be read by a page from another origin", async () => {
    const { exports } = await import("cloudflare:workers");
    const response = await exports.default.fetch("https://edge.test/v1/predict", {
      method: "OPTIONS",
      headers: { origin: "https://page.example", "access-control-request-method": "POST" },
    });
    expect(response.headers.get("access-control-allow-origin")).toBe("https://page.example");
  });
});

describe("a least probability", () => {
  it("leaves out what is less probable, in calls and sessions", async () => {
    const text = "the united ";
    const all = (await predict({ text, limit: 20 })).body.predictions;
    const min_probability = all[3].probability;
    const expected = all.filter(({ probability }: any) => probability >= min_probability);
    expect(expected.length).toBeLessThan(all.length);
    const { body } = await predict({ text, limit: 20, min_probability });
    expect(body.predictions).toEqual(expected);
    const id = await createSession({ text, learn: false });
    const answer = await predictIn(id, { text: "", limit: 20, min_probability });
    expect(answer.body.predictions).toEqual(expected);
    expect((await predict({ text, min_probability: 1.1 })).status).toBe(400);
  });
});

describe("what describes the API", () => {
  it("is an OpenAPI 3.1 document with every route", async () => {
    const { status, body } = await call("GET", "/openapi.json");
    expect(status).toBe(200);
    expect(body.openapi).toBe("3.1.0");
    expect(Object.keys(body.paths)).toEqual([
      "/v1/predict",
      "/v1/sessions",
      "/v1/sessions/{id}",
      "/v1/sessions/{id}/predict",
      "/v1/sessions/{id}/live",
      "/v1/sessions/{id}/ticket",
      "/v1/completions",
      "/v1/score",
      "/v1/profiles/{user}",
      "/v1/profiles/{user}/export",
      "/v1/feedback",
      "/v1/models/{model}/feedback",
      "/v1/tokenize",
      "/v1/detokenize",
      "/v1/tokenizer_info",
      "/v1/models",
      "/v1/models/{model}",
      "/v1/models/{model}/card",
      "/v1/models/{model}/file",
      "/health",
    ]);
    const predictBody = body.components.schemas.PredictRequest;
    expect(predictBody.properties.limit).toMatchObject({ minimum: 1, maximum: 100, default: 5 });
  });

  it("lists the models in OpenAI's shape", async () => {
    await publish({ version: VERSION_A, name: "other" });
    const { body } = await call("GET", "/v1/models");
    const created = Date.parse("2026-11-23T20:00:00Z") / 1000;
    expect(body).toEqual({
      object: "list",
      data: ["default", "other"].map((id) => ({
        id,
        object: "model",
        created,
        owned_by: "afterword",
        version: VERSION_A,
      })),
    });
    expect((await predict({ text: "a", model: "other" })).body.model).toBe("other");
  });

  it("is a reference at /docs, which asks no other host for anything", async () => {
    const { status, headers, body } = await call("GET", "/docs");
    expect(status).toBe(200);
    expect(headers.get("content-security-policy")).toContain("connect-src 'self'");
    expect(body).not.toMatch(/https?:\/\//);
  });

  it("is a page at /", async () => {
    const { status, headers, body } = await call("GET", "/");
    expect(status).toBe(200);
    expect(headers.get("content-type")).toContain("text/html");
    expect(body).toContain("<title>Afterword");
  });
});
