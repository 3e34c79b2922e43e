import { env, exports } from "cloudflare:workers";
import { beforeAll, expect, it } from "vitest";
import { edgeKey } from "#model/layout";
import { call, publish, startAfresh, VERSION_A, VERSION_B } from "./support.ts";

let file: Uint8Array;
beforeAll(async () => {
  await startAfresh();
  await publish({ version: VERSION_A });
  await publish({ version: VERSION_B });
  file = (await (await env.MODELS.get(edgeKey("default", VERSION_B)))!.bytes())!;
});

const get = (headers: Record<string, string> = {}, query = "", method = "GET") =>
  exports.default.fetch(`https://edge.test/v1/models/default/file${query}`, { method, headers });

it("is the current version's, with its name and digest", async () => {
  const response = await get();
  expect(response.status).toBe(200);
  expect(response.headers.get("etag")).toBe(`"${VERSION_B}"`);
  expect(response.headers.get("x-afterword-version")).toBe(VERSION_B);
  expect(response.headers.get("cache-control")).toBe("private, no-cache");
  expect(response.headers.get("content-length")).toBe(String(file.length));
  const bytes = await response.bytes();
  expect(bytes).toEqual(file);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toBase64();
  expect(response.headers.get("repr-digest")).toBe(`sha-256=:${digest}:`);
});

it("may be kept for ever under its version, an older one too", async () => {
  for (const version of [VERSION_A, VERSION_B]) {
    const response = await get({}, `?version=${version}`);
    expect(response.headers.get("cache-control")).toContain("immutable");
    expect(response.headers.get("etag")).toBe(`"${version}"`);
    expect((await response.bytes()).length).toBe(file.length);
  }
  expect((await call("GET", "/v1/models/default/file?version=20200101-000000-000000")).status).toBe(404); // prettier-ignore
  expect((await call("GET", "/v1/models/default/file?version=../x")).status).toBe(400);
  expect((await call("GET", "/v1/models/nobody/file")).status).toBe(404);
});

it("is not sent again to who has it", async () => {
  for (const known of [`"${VERSION_B}"`, `W/"${VERSION_B}"`, `"x", "${VERSION_B}"`, "*"]) {
    const response = await get({ "if-none-match": known });
    expect(response.status).toBe(304);
    expect(await response.text()).toBe("");
  }
  const response = await get({ "if-none-match": `"${VERSION_A}"` });
  expect(response.status).toBe(200);
  await response.body!.cancel();
});

it.each([
  ["bytes=0-99", 0, 100],
  ["bytes=100-", 100, Infinity],
  ["bytes=-10", -10, Infinity],
  ["bytes=5-999999999", 5, Infinity],
])("comes in parts: %s", async (range, begin, end) => {
  const expected = file.slice(begin, end);
  const response = await get({ range });
  expect(response.status).toBe(206);
  const first = begin < 0 ? file.length + begin : begin;
  expect(response.headers.get("content-range")).toBe(`bytes ${first}-${first + expected.length - 1}/${file.length}`); // prettier-ignore
  expect(await response.bytes()).toEqual(expected);
});

it("comes whole where a range makes no sense, or was of another version", async () => {
  const requests: Record<string, string>[] = [
    { range: "bytes=9-3" },
    { range: "lines=1-2" },
    { range: "bytes=0-1,5-6" },
    { range: "bytes=0-9", "if-range": `"${VERSION_A}"` },
  ];
  for (const headers of requests) {
    const response = await get(headers);
    expect(response.status).toBe(200);
    expect((await response.bytes()).length).toBe(file.length);
  } // prettier-ignore
  const past = await get({ range: `bytes=${file.length}-` });
  expect([past.status, past.headers.get("content-range")]).toEqual([416, `bytes */${file.length}`]);
});
