import { env } from "cloudflare:workers";
import { beforeEach, expect, it, vi } from "vitest";
import { edgeKey } from "#model/layout";
import { forgetModels } from "../../edge/model-registry.ts";
import { call, predict, publish, startAfresh, VERSION_A } from "./support.ts";

const key = edgeKey("default", VERSION_A);
const answer = async () => (await predict({ text: "the " })).body;
const health = async () => (await call("GET", "/health")).body;

/** Another isolate of the same data centre. */
const startIsolate = () => forgetModels();

let address: string;
let file: Uint8Array<ArrayBuffer>;
beforeEach(async () => {
  await startAfresh();
  await publish({ version: VERSION_A });
  file = new Uint8Array(await (await env.MODELS.get(key))!.arrayBuffer());
  const digest = await crypto.subtle.digest("SHA-256", file);
  address = `https://edge-files.invalid/${new Uint8Array(digest).toHex()}/${key}`;
});

const cached = async () => (await caches.default.match(address))?.bytes();
const isCached = () =>
  vi.waitFor(async () => expect(await cached()).toEqual(file), { timeout: 30_000 });
const putCached = (body: Uint8Array<ArrayBuffer>) =>
  caches.default.put(
    address,
    new Response(body, {
      headers: { "cache-control": "max-age=60", "content-length": String(body.length) },
    }),
  );

it("has the file that one isolate read for the next, which asks the bucket no more", async () => {
  const before = await answer();
  await isCached();
  await env.MODELS.delete(key);
  startIsolate();
  expect(await answer()).toEqual(before);
});

function flipBit(whole: Uint8Array<ArrayBuffer>, at: number) {
  const damaged = new Uint8Array(whole);
  damaged[at]! ^= 1;
  return damaged;
}

const DAMAGE: [string, (whole: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>][] = [
  ["one bit is wrong", (whole) => flipBit(whole, whole.length - 1)],
  ["the header is wrong", (whole) => flipBit(whole, 9)],
  ["a part is there", (whole) => whole.slice(0, 100)],
  ["there is too much", (whole) => new Uint8Array([...whole, 0])],
  ["nothing is there", () => new Uint8Array()],
];
it.each(DAMAGE)("asks the bucket where %s, and puts the whole file back", async (_, damage) => {
  const before = await answer();
  await isCached();
  await putCached(damage(file));
  startIsolate();
  expect(await answer()).toEqual(before);
  expect(await health()).toMatchObject({ status: "ok", error: null });
  await isCached();
});

it("serves from the bucket where the cache is out of order", async () => {
  const fail = async () => {
    throw new Error("the cache is out of order");
  };
  vi.stubGlobal("caches", { default: { match: fail, put: fail, delete: fail } });
  expect((await predict({ text: "the " })).status).toBe(200);
});
