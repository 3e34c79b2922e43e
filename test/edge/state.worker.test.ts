import { beforeAll, describe, expect, it, vi } from "vitest";
import { callerOf, predict, publish, startAfresh, VERSION_A, VERSION_B } from "./support.ts";
import type { Answer } from "./support.ts";

const keyOf = (byte: number) => new Uint8Array(32).fill(byte).toBase64();
const [OLD, NEW, OTHER] = [keyOf(1), keyOf(2), keyOf(3)];
const TEXT = 'The State of the "Union" is a year. People, our people\n\nand the uni';

const sealing = (STATE_KEYS: string) => {
  const caller = callerOf({ STATE_KEYS });
  return (body: unknown) => caller("POST", "/v1/predict", body);
};
const ask = sealing(OLD);
const tokenFor = async (text: string) => (await ask({ text, state: null })).body.state as string;

beforeAll(async () => {
  await startAfresh();
  await publish({ version: VERSION_A });
});

describe("a sealed state", () => {
  it("goes on as if the whole text had been sent, wherever it was cut", async () => {
    for (let cut = 0; cut <= TEXT.length; cut += 3) {
      const state = await tokenFor(TEXT.slice(0, cut));
      const { status, body } = await ask({ text: TEXT.slice(cut), state, limit: 100 });
      expect(status).toBe(200);
      const whole = (await predict({ text: TEXT, limit: 100 })).body.predictions;
      expect(body.predictions).toEqual(whole);
    }
  });

  it("goes on letter by letter, and also twice from the same place", async () => {
    let state: string | null = null;
    for (let at = 0; at < TEXT.length; at++) {
      const text = TEXT[at]!;
      const first: Answer = await ask({ text, state });
      const second: Answer = await ask({ text, state });
      expect(second.body.predictions).toEqual(first.body.predictions);
      expect(first.body.predictions).toEqual(
        (await predict({ text: TEXT.slice(0, at + 1) })).body.predictions,
      );
      state = first.body.state;
    }
  });

  it.each([
    ["control characters", "\u0001"],
    ["halves of surrogate pairs", "\ud800"],
    ["quotation marks", '"'],
    ["letters", "a"],
    ["emoji", "😀"],
  ])("of a text of %s comes back whole, however long", async (_, character) => {
    const bytes = new TextEncoder().encode(character).length;
    const text = character.repeat(Math.floor(65_000 / bytes));
    const state = await tokenFor(text);
    const { status, body } = await ask({ text: " the uni", state });
    expect(status).toBe(200);
    expect(body.predictions).toEqual((await predict({ text: `${text} the uni` })).body.predictions);
  });

  it("shows nothing of the text", async () => {
    const bytes = Uint8Array.fromBase64(await tokenFor("secret words here"), { alphabet: "base64url" }); // prettier-ignore
    expect(new TextDecoder("latin1").decode(bytes)).not.toMatch(/secret|words|here/);
  });

  it("opens with either of two keys", async () => {
    const state = await tokenFor("the state ");
    expect((await sealing(`${NEW} ${OLD}`)({ text: "of", state })).status).toBe(200);
  });

  it("is null where there are no keys", async () => {
    expect((await predict({ text: "the", state: null })).body.state).toBeNull();
  });

  it("is null where none is asked for", async () => {
    expect((await ask({ text: "the" })).body.state).toBeNull();
  });
});

describe("a state that does not open", () => {
  const refusal = async (body: object, by = ask) => {
    const { status, body: answer } = await by(body);
    return { status, code: answer.error?.code, param: answer.error?.param };
  };

  it("is altered when a single character of it differs", async () => {
    const state = await tokenFor("the state ");
    for (const at of [30, 200, state.length - 5]) {
      const swapped = state[at] === "A" ? "B" : "A";
      const altered = state.slice(0, at) + swapped + state.slice(at + 1);
      expect(await refusal({ text: "", state: altered })).toEqual({ status: 400, code: "state_altered", param: "state" }); // prettier-ignore
    }
  });

  it("is malformed when it is something else", async () => {
    for (const state of ["", "hello", "////", "AA"]) {
      expect((await refusal({ text: "", state })).code).toBe("state_malformed");
    }
  });

  it("is foreign to another deployment, another model and another API key", async () => {
    const state = await tokenFor("the state ");
    expect((await refusal({ text: "", state }, sealing(OTHER))).code).toBe("state_foreign");
    expect((await refusal({ text: "", state }, predict)).code).toBe("state_foreign");
    await publish({ version: VERSION_A, name: "other" });
    expect((await refusal({ text: "", state, model: "other" })).code).toBe("state_foreign");
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode("key"));
    const API_KEY_HASHES = new Uint8Array(digest).toHex();
    const keyed = callerOf({ STATE_KEYS: OLD, API_KEY_HASHES }, { authorization: "Bearer key" });
    const asked = (body: unknown) => keyed("POST", "/v1/predict", body);
    expect((await refusal({ text: "", state }, asked)).code).toBe("state_foreign");
  });

  it("is outdated under another version, and not worth a retry", async () => {
    const state = await tokenFor("the state ");
    await publish({ version: VERSION_B, model: { seed: 2 } });
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 60_000 });
    try {
      const { status, headers, body } = await ask({ text: "", state });
      expect(status).toBe(409);
      expect(headers.get("x-should-retry")).toBe("false");
      expect(body.error).toMatchObject({ code: "state_outdated", param: "state" });
      expect(body.error.message).toContain(VERSION_B);
    } finally {
      vi.useRealTimers();
    }
  });
});
