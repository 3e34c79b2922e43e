import { env, exports } from "cloudflare:workers";
import { evictDurableObject } from "cloudflare:test";
import { beforeAll, describe, expect, it } from "vitest";
import { call, createSession, predictAtOnce, predictIn, publish, startAfresh, VERSION_A } from "./support.ts"; // prettier-ignore

beforeAll(async () => {
  await startAfresh();
  await publish({ version: VERSION_A });
});

/** A socket as a client has it: what it was told, in order. */
async function connect(id: string) {
  const { status, webSocket: socket } = await exports.default.fetch(
    `https://edge.test/v1/sessions/${id}/live`,
    { headers: { upgrade: "websocket" } },
  );
  expect(status).toBe(101);
  socket!.accept();
  const received: any[] = [];
  const waiting: ((message: any) => void)[] = [];
  const closed = new Promise<CloseEvent>((settle) => socket!.addEventListener("close", settle));
  socket!.addEventListener("message", ({ data }) => {
    const message = JSON.parse(data as string);
    const next = waiting.shift();
    if (next) next(message);
    else received.push(message);
  });
  const next = () =>
    received.length > 0
      ? Promise.resolve(received.shift())
      : new Promise<any>((settle) => waiting.push(settle));
  const send = (message: unknown) =>
    socket!.send(typeof message === "string" ? message : JSON.stringify(message));
  const ask = (message: unknown) => (send(message), next());
  return { socket: socket!, send, next, ask, closed };
}

describe("a live session", () => {
  it("answers as POST …/predict does", async () => {
    const [id, twin] = [await createSession({ text: "the " }), await createSession({ text: "the " })]; // prettier-ignore
    const { ask } = await connect(id);
    for (const change of [{ text: "uni" }, { at: 4, text: "state of " }, { text: "", limit: 20 }]) {
      const { body } = await predictIn(twin, change);
      expect(await ask({ id: 7, ...change })).toEqual({ id: 7, ...body });
    }
  });

  it("answers messages that are sent at once in their order", async () => {
    const text = "our people of the united states ";
    const { send, next } = await connect(await createSession());
    [...text].forEach((character, at) => send({ id: at, at, text: character }));
    let last;
    for (let at = 0; at < text.length; at++) {
      last = await next();
      expect(last.id).toBe(at);
    }
    expect(last.predictions).toEqual((await predictAtOnce({ text })).body.predictions);
  });

  it("goes on after its object slept", async () => {
    const id = await createSession({ text: "the state " });
    const { ask } = await connect(id);
    const before = await ask({ text: "of " });
    await evictDurableObject(env.SESSIONS.get(env.SESSIONS.idFromString(id)));
    expect(await ask({ at: 13, text: "" })).toEqual(before);
  });

  it("is one text for all its sockets, and for calls", async () => {
    const id = await createSession();
    const [first, second] = [await connect(id), await connect(id)];
    await first.ask({ text: "the " });
    await second.ask({ text: "state " });
    await predictIn(id, { text: "of " });
    expect((await first.ask({ text: "" })).position).toBe(13);
  });

  it("says what is wrong with a message, and goes on", async () => {
    const { ask, socket, next } = await connect(await createSession({ text: "the" }));
    expect(await ask({ id: 1, at: 9, text: "" })).toMatchObject({ id: 1, status: 409, error: { code: "position_past_end", param: "at" } }); // prettier-ignore
    expect(await ask({ id: 2, text: 5 })).toMatchObject({ id: 2, status: 400, error: { param: "text" } }); // prettier-ignore
    expect(await ask("{")).toMatchObject({ status: 400, error: { code: "malformed_json" } });
    expect(await ask("null")).toMatchObject({ status: 400, error: { code: "invalid_value" } });
    expect(await ask({ text: "x ".repeat(40_000) })).toMatchObject({ status: 413 });
    socket.send(new Uint8Array(3));
    expect(await next()).toMatchObject({ status: 400 });
    expect((await ask({ text: " " })).position).toBe(4);
  });

  it("returns a client's goodbye", async () => {
    const { socket, ask, closed } = await connect(await createSession());
    await ask({ text: "the " });
    socket.close(1000, "done");
    expect((await closed).code).toBe(1000);
  });

  it("closes when the session is deleted", async () => {
    const id = await createSession();
    const { closed } = await connect(id);
    await call("DELETE", `/v1/sessions/${id}`);
    expect((await closed).code).toBe(4404);
  });

  it("is a 404 where there is no session, and a 426 to a plain request", async () => {
    const unknown = env.SESSIONS.newUniqueId().toString();
    for (const id of [unknown, "x"]) {
      const response = await exports.default.fetch(`https://edge.test/v1/sessions/${id}/live`, {
        headers: { upgrade: "websocket" },
      });
      expect(response.status).toBe(404);
      expect(response.webSocket).toBeNull();
      await response.body?.cancel();
    }
    const { status, body } = await call("GET", `/v1/sessions/${await createSession()}/live`);
    expect(status).toBe(426);
    expect(body.error.code).toBe("upgrade_required");
  });
});
