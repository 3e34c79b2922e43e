import { createHash } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connect } from "#client/connect";
import { AfterwordError } from "#client/errors";
import type { SessionDescription } from "#client/types";
import { startWorker } from "../running-worker.ts";
import type { RunningWorker } from "../running-worker.ts";
import { seededRandom } from "../tiny-model.ts";

let worker: RunningWorker;
beforeAll(async () => (worker = await startWorker()));
afterAll(() => worker.close());

const TEXT = "the State of the Union is ";
const TRANSPORTS = ["websocket", "http"] as const;

/** The text that the server has. */
async function textAt(id: string): Promise<string> {
  const found = await fetch(`${worker.url}/v1/sessions/${id}`);
  return ((await found.json()) as SessionDescription).text;
}

const client = () => connect({ url: worker.url });

it("predicts without a session", async () => {
  const { predictions } = await client().predict({ text: TEXT, limit: 3 });
  expect(predictions).toHaveLength(3);
});

for (const transport of TRANSPORTS) {
  describe(`a session by ${transport}`, () => {
    it("types a text and yields predictions after every letter", async () => {
      const session = await client().open({ transport });
      let last;
      let count = 0;
      for await (const answer of session.type(TEXT)) {
        expect(answer.position).toBe(++count);
        last = answer;
      }
      const atOnce = await client().open({ transport, text: TEXT });
      expect(last!.predictions).toEqual((await atOnce.append("")).predictions);
      session.close();
      atOnce.close();
    });

    it("takes back, edits, resumes and deletes", async () => {
      const session = await client().open({ transport, text: "the states" });
      expect((await session.backspace()).position).toBe(9);
      await session.edit(4, "union ");
      const resumed = await client().resume(session.id, { transport });
      expect(resumed).toMatchObject({ position: 10, text: "the union ", start: 0 });
      await resumed.delete();
      await expect(client().resume(session.id)).rejects.toMatchObject({ status: 404, code: "session_not_found" }); // prettier-ignore
      await expect(resumed.append("x")).rejects.toMatchObject({ code: "session_not_found" });
      session.close();
    });

    it("accepts a word with its space, and rejects one", async () => {
      const session = await client().open({ transport, text: "the uni" });
      const { predictions } = await session.append("");
      const after = await session.reject(predictions[0]!.word);
      expect(after.predictions[0]!.word).toBe(predictions[1]!.word);
      const [next] = after.predictions;
      await session.accept(next!);
      expect(session.text).toBe(`the uni${next!.insert} `);
      expect(await textAt(session.id)).toBe(session.text);
      session.close();
    });

    it("answers calls made at once in their order, and loses none", async () => {
      const session = await client().open({ transport });
      const calls = [..."the united states"].map((letter) => session.append(letter));
      const positions = (await Promise.all(calls)).map(({ position }) => position);
      expect(positions).toEqual(calls.map((_, at) => at + 1));
      expect(await textAt(session.id)).toBe("the united states");
      session.close();
    });

    it("makes only the last of the updates that wait", async () => {
      const session = await client().open({ transport });
      const answers = await Promise.all(["t", "th", "the", "the u"].map((text) => session.update(text))); // prettier-ignore
      expect(answers.map((answer) => answer?.position ?? null)).toEqual([null, null, null, 5]);
      const [dropped, kept] = await Promise.all([session.update("the un"), session.update("a")]);
      expect(dropped).toBeNull();
      expect(kept!.position).toBe(1);
      session.close();
    });

    it("sends again what the server has lost, from a text that was edited meanwhile too", async () => {
      const session = await client().open({ transport, text: "the united states" });
      await session.append(" of");
      const other = await client().resume(session.id, { transport });
      await other.edit(4, "XYZ");
      expect((await session.append(" a")).position).toBe(22);
      expect(await textAt(session.id)).toBe("the united states of a");
      session.close();
      other.close();
    });

    it("begins anew with the whole text where the session is gone", async () => {
      const session = await client().open({ transport, text: TEXT });
      const { predictions } = await session.append("");
      const { id } = session;
      await fetch(`${worker.url}/v1/sessions/${id}`, { method: "DELETE" });
      expect((await session.append("")).predictions).toEqual(predictions);
      expect(session.id).not.toBe(id);
      expect(await textAt(session.id)).toBe(TEXT);
      session.close();
    });

    it("takes a text of any length, and clears it", async () => {
      const long = "the people of the united states ".repeat(2_500);
      const session = await client().open({ transport, text: long });
      expect((await session.append("uni")).position).toBe(80_003);
      const retained = await textAt(session.id);
      expect(retained.length).toBeGreaterThan(8_000);
      expect(`${long}uni`.endsWith(retained)).toBe(true);
      expect((await session.edit(0, "the ")).position).toBe(4);
      expect((await session.edit(0, "")).position).toBe(0);
      expect(await textAt(session.id)).toBe("");
      session.close();
    });

    it("stops waiting when it is told to; the text stays changed", async () => {
      const session = await client().open({ transport });
      const told = session.append("the ", { signal: AbortSignal.abort() });
      await expect(told).rejects.toMatchObject({ name: "AbortError" });
      expect((await session.append("uni")).position).toBe(7);
      expect(await textAt(session.id)).toBe("the uni");
      session.close();
    });
  });
}

const BACKSPACES = [
  ["hi 😀", "hi "],
  ["the 👨‍👩‍👧", "the "],
  ["cafe\u0301", "caf"],
  ["✌🏽", ""],
  ["🇩🇪🇫🇷", "🇩🇪"],
  ["I ❤️", "I "],
  ["a\r\n", "a"],
  ["", ""],
] as const;

describe("backspace", () => {
  for (const [before, after] of BACKSPACES) {
    it(`makes ${JSON.stringify(before)} ${JSON.stringify(after)}`, async () => {
      const session = await client().open({ transport: "http", text: before });
      await session.backspace();
      expect(session.text).toBe(after);
      expect(await textAt(session.id)).toBe(after);
    });
  }
});

it("keeps words from being learned", async () => {
  const session = await client().open({ text: "Kowalski is the uni", learn: false });
  await session.append("");
  const completed = async () =>
    (await session.append(" Kow")).predictions.filter(({ insert }) => !insert.startsWith(" "));
  expect(await completed()).toEqual([]);
  await session.append("alski and Kowalski ", { learn: true });
  expect((await completed())[0]).toMatchObject({ word: "Kowalski", insert: "alski" });
  session.close();
});

describe("a writer's profile", () => {
  const exportOf = async (user: string) => {
    const found = await fetch(`${worker.url}/v1/profiles/${user}/export`);
    const { days } = (await found.json()) as { days: { phrases: { words: string; count: number }[] }[] }; // prettier-ignore
    return days.flatMap(({ phrases }) => phrases.map(({ words, count }) => `${count} ${words}`));
  };

  for (const transport of TRANSPORTS) {
    it(`counts a text once whose session is gone, and is begun anew, by ${transport}`, async () => {
      const user = `anna-${transport}`;
      const session = await client().open({ transport, user });
      await session.append("the Zyxquor is great. ");
      for (const more of ["our union ", "is a state ", ""]) {
        await fetch(`${worker.url}/v1/sessions/${session.id}`, { method: "DELETE" });
        await session.append(more);
      }
      expect(await textAt(session.id)).toBe("the Zyxquor is great. our union is a state ");
      await session.delete();
      const counted = (await exportOf(user)).join("; ");
      for (const word of ["Zyxquor", "great", "our", "union", "state"]) {
        expect(counted.match(new RegExp(`\\d[^;]*\\b${word}\\b`, "g"))).toEqual([expect.stringMatching(/^1 /)]); // prettier-ignore
      }
    });
  }
});

it("refuses a position that the text does not have", async () => {
  const session = await client().open({ text: "the " });
  expect(() => session.edit(5, "x")).toThrow("at is 5; the text goes from 0 to 4");
  session.close();
});

describe("a bad connection", () => {
  it("loses and doubles nothing when answers are lost", async () => {
    const random = seededRandom(8);
    const losing: typeof fetch = async (input, init) => {
      const answer = await fetch(input, init);
      if (random() > 0.3) return answer;
      await answer.arrayBuffer(); // it was done, but nobody hears of it
      throw new TypeError("network error");
    };
    const session = await connect({ url: worker.url, fetch: losing, attempts: 9 }).open({ transport: "http" }); // prettier-ignore
    const edits = [[0, "the State"], [4, "union"], [4, "States of "], [0, "a"], [1, " state is"], [3, ""]] as const; // prettier-ignore
    for (const [at, text] of edits) await session.edit(at, text);
    expect(await textAt(session.id)).toBe("a s");
  });

  it("gives up in time on a server that says nothing", async () => {
    const silent = createServer(() => {}).listen(0);
    const { port } = silent.address() as AddressInfo;
    const asked = connect({ url: `http://127.0.0.1:${port}`, timeoutMs: 50, attempts: 2 }).open();
    await expect(asked).rejects.toMatchObject({ name: "TimeoutError" });
    silent.closeAllConnections();
    silent.close();
  });

  it("goes by HTTP where sockets cannot be had", async () => {
    const proxy = createServer(async (request, response) => {
      const body: Buffer[] = [];
      for await (const piece of request) body.push(piece as Buffer);
      const answer = await fetch(worker.url + request.url, {
        method: request.method!,
        headers: { "content-type": "application/json" },
        ...(body.length > 0 && { body: Buffer.concat(body) }),
      });
      response.writeHead(answer.status).end(Buffer.from(await answer.arrayBuffer()));
    });
    proxy.on("upgrade", (_, socket) => socket.destroy());
    proxy.listen(0);
    const { port } = proxy.address() as AddressInfo;
    const session = await connect({ url: `http://127.0.0.1:${port}` }).open();
    expect((await session.append("the ")).predictions).toHaveLength(5);
    proxy.closeAllConnections();
    proxy.close();
  });
});

describe("a deployment with keys", () => {
  const KEY = "secret/key=of@page"; // "/", "=" and "@" cannot stand in a protocol
  let keyed: RunningWorker;
  beforeAll(async () => {
    keyed = await startWorker({ API_KEY_HASHES: createHash("sha256").update(KEY).digest("hex") });
  });
  afterAll(() => keyed.close());

  /** What was asked for by HTTP and what sockets offered meanwhile. */
  function observe() {
    const [calls, offered]: [string[], string[]] = [[], []];
    const Original = globalThis.WebSocket;
    globalThis.WebSocket = class extends Original {
      constructor(...[url, protocols]: ConstructorParameters<typeof WebSocket>) {
        super(url, protocols);
        offered.push(`${url} ${(protocols as string[]).join(" ")}`);
      }
    };
    const counting: typeof fetch = (input, init) => {
      calls.push(new URL(String(input)).pathname.replace(/.*[/]/, ""));
      return fetch(input, init);
    };
    const restore = () => void (globalThis.WebSocket = Original);
    return { calls, offered, counting, restore };
  }

  it("opens a socket with a ticket: the key is in no header of it", async () => {
    const { calls, offered, counting, restore } = observe();
    const session = await connect({ url: keyed.url, key: KEY, fetch: counting }).open();
    expect((await session.append("the uni")).predictions[0]!.word).toBe("union");
    expect((await session.append("on ")).predictions).toHaveLength(5);
    restore();
    expect(calls).toEqual(["sessions", "ticket"]);
    expect(offered).toHaveLength(1);
    expect(offered[0]).toMatch(/[/]live afterword ticket[.][\w.-]+$/);
    expect(offered[0]).not.toContain("secret");
    session.close();
  });

  it("leaves no socket behind where it is closed meanwhile", async () => {
    const { offered, counting, restore } = observe();
    const closing: typeof fetch = async (input, init) => {
      const answer = await counting(input, init);
      if (String(input).endsWith("/ticket")) session.close();
      return answer;
    };
    const session = await connect({ url: keyed.url, key: KEY, fetch: closing }).open();
    expect((await session.append("the uni")).predictions[0]!.word).toBe("union");
    restore();
    expect(offered).toEqual([]);
  });

  it("begins anew where the session is gone before a ticket is had", async () => {
    const client = connect({ url: keyed.url, key: KEY });
    const session = await client.open({ text: TEXT });
    await (await client.resume(session.id)).delete();
    expect((await session.append("")).position).toBe(TEXT.length);
    session.close();
  });

  it("goes by HTTP where the deployment knows no tickets", async () => {
    const { offered, counting, restore } = observe();
    const older: typeof fetch = async (input, init) =>
      counting(String(input).replace(/ticket$/, "no-such-route"), init);
    const session = await connect({ url: keyed.url, key: KEY, fetch: older }).open();
    expect((await session.append("the uni")).predictions[0]!.word).toBe("union");
    restore();
    expect(offered).toEqual([]);
  });
});

describe("an error", () => {
  it("says what was refused, without a second try", async () => {
    let calls = 0;
    const counting: typeof fetch = (input, init) => (calls++, fetch(input, init));
    const refused = connect({ url: worker.url, fetch: counting }).predict({ text: "the", limit: 1_000 }); // prettier-ignore
    await expect(refused).rejects.toBeInstanceOf(AfterwordError);
    await expect(refused).rejects.toMatchObject({ name: "AfterwordError", status: 400, param: "limit" }); // prettier-ignore
    await expect(refused).rejects.toHaveProperty("requestId", expect.stringMatching(/\w/));
    expect(calls).toBe(1);
  });

  it("waits as long as the server asks before it tries again", async () => {
    let calls = 0;
    const busy: typeof fetch = async (input, init) => {
      if (++calls > 1) return fetch(input, init);
      const error = { message: "too many requests", code: "rate_limit_exceeded" };
      return Response.json({ error }, { status: 429, headers: { "retry-after": "1" } });
    };
    const began = performance.now();
    await connect({ url: worker.url, fetch: busy }).predict({ text: "the" });
    expect(performance.now() - began).toBeGreaterThanOrEqual(990); // the wait itself
  });

  it("is one too where a proxy answers with a page of its own", async () => {
    const proxy: typeof fetch = async () => new Response("<html>", { status: 502 });
    const asked = connect({ url: worker.url, fetch: proxy, attempts: 1 }).predict({ text: "the" });
    await expect(asked).rejects.toMatchObject({ status: 502, code: "http_502" });
  });

  it("is not made of an address for other clients", async () => {
    const { predictions } = await connect({ url: `${worker.url}/v1/` }).predict({ text: "the " });
    expect(predictions).toHaveLength(5);
  });
});
