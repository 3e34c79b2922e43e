// However and whenever a socket closes, its session goes on answering, over the next socket and by calls.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openRawSocket } from "./raw-socket.ts";
import type { RawSocket } from "./raw-socket.ts";
import { startWorker } from "../running-worker.ts";
import type { RunningWorker } from "../running-worker.ts";

let server: RunningWorker;
beforeAll(async () => {
  server = await startWorker();
}, 60_000);
afterAll(() => server.close());

const ENDINGS: [string, (socket: RawSocket) => void][] = [
  ["1000", (socket) => socket.close(1000)],
  ["1001", (socket) => socket.close(1001)],
  ["1011", (socket) => socket.close(1011)],
  ["4001", (socket) => socket.close(4001)],
  ["no frame", (socket) => socket.end()],
  ["a reset", (socket) => socket.reset()],
  ["1001 and a reset", (socket) => (socket.close(1001), socket.reset())],
];

async function post(path: string, body: object): Promise<any> {
  const headers = { "content-type": "application/json" };
  const response = await fetch(server.url + path, { method: "POST", headers, body: JSON.stringify(body) }); // prettier-ignore
  return response.json();
}

/** What a new socket of the session is answered, in order. */
function ask(path: string, messages: object[]): Promise<any[]> {
  const socket = new WebSocket(server.url.replace("http", "ws") + path);
  const answers: any[] = [];
  return new Promise((resolve, reject) => {
    socket.addEventListener("error", () => reject(new Error("the socket broke")));
    socket.addEventListener("open", () => messages.forEach((message) => socket.send(JSON.stringify(message)))); // prettier-ignore
    socket.addEventListener("message", ({ data }) => {
      answers.push(JSON.parse(data));
      if (answers.length < messages.length) return;
      socket.close();
      resolve(answers);
    });
  });
}

describe.each(ENDINGS)("a socket that ends with %s", (_, end) => {
  it.each([0, 1, 2, 20])(
    "and %i messages under way leaves its session answering",
    async (count) => {
      const { id } = await post("/v1/sessions", { text: "the " });
      const path = `/v1/sessions/${id}`;
      for (const delay of [0, 0, 1, 3]) {
        const socket = await openRawSocket(server.url, `${path}/live`);
        for (let at = 0; at < count; at++) socket.send({ at: 4, text: "u" });
        await new Promise((resolve) => setTimeout(resolve, delay));
        end(socket);
      }
      const answers = await ask(`${path}/live`, [{ id: 1, at: 4, text: "uni" }, { id: 2, text: "ted" }]); // prettier-ignore
      expect(answers.map(({ id, position }) => [id, position])).toEqual([
        [1, 7],
        [2, 10],
      ]);
      expect((await post(`${path}/predict`, { text: " " })).position).toBe(11);
    },
  );
});
