// Counts of suggestions: by request and by socket, added up, and written behind.

import { env, exports } from "cloudflare:workers";
import { evictDurableObject, runDurableObjectAlarm } from "cloudflare:test";
import { beforeEach, describe, expect, it } from "vitest";
import { feedbackKey } from "#model/layout";
import { call, callerOf, createSession, publish, startAfresh, VERSION_A, VERSION_B } from "./support.ts"; // prettier-ignore

const counts = { shown: 10, accepted: 4, typed_out: 2, characters_saved: 17 };
const report = (body: object) => call("POST", "/v1/feedback", { version: VERSION_A, ...body });
const read = async () => (await call("GET", "/v1/models/default/feedback")).body.versions;
const object = () => env.FEEDBACK.get(env.FEEDBACK.idFromName("default"));
const stored = async () => (await env.MODELS.get(feedbackKey("default")))?.json<any>();

beforeEach(async () => {
  await startAfresh();
  await publish({ version: VERSION_B });
  await publish({ version: VERSION_A });
});

describe("feedback", () => {
  it("is added up by version", async () => {
    expect((await report(counts)).status).toBe(204);
    await report({ ...counts, accepted: 5 });
    await report({ ...counts, version: VERSION_B });
    expect(await read()).toMatchObject([
      { version: VERSION_B, ...counts, acceptance_rate: 0.4, reports: 1 },
      { version: VERSION_A, shown: 20, accepted: 9, typed_out: 4, characters_saved: 34, acceptance_rate: 0.45, reports: 2 }, // prettier-ignore
    ]);
  });

  it("is written to the bucket behind, and outlasts the object's sleep", async () => {
    for (let count = 0; count < 20; count++) await report(counts);
    expect(await stored()).toBeUndefined();
    await runDurableObjectAlarm(object());
    expect((await stored()).versions[VERSION_A]).toMatchObject({ shown: 200, accepted: 80, typedOut: 40 }); // prettier-ignore
    await evictDurableObject(object());
    await report(counts);
    expect(await read()).toMatchObject([{ shown: 210 }]);
    await runDurableObjectAlarm(object());
    expect((await stored()).versions[VERSION_A]).toMatchObject({ shown: 210, reports: 21 });
  });

  it.each([
    [{ shown: 3, accepted: 2, typed_out: 2 }, 400, "accepted"],
    [{ shown: -1 }, 400, "shown"],
    [{ shown: 1e9 }, 400, "shown"],
    [{ shown: 1.5 }, 400, "shown"],
    [{ accepted: 1 }, 400, "shown"],
    [{ shown: 3, text: "the united" }, 400, "text"],
    [{ shown: 3, version: "v" }, 400, "version"],
    [{ shown: 3, version: "20250101-000000-000000" }, 404, "version"],
    [{ shown: 3, model: "nobody" }, 404, "version"],
  ])("refuses %j", async (body, status, param) => {
    const answer = await report(body);
    expect(answer.status).toBe(status);
    expect(answer.body.error.param).toBe(param);
    expect(await read()).toEqual([]);
  });

  it("comes over a session's socket too, and leaves its text as it is", async () => {
    const id = await createSession({ text: "the united" });
    const path = `https://edge.test/v1/sessions/${id}/live`;
    const { webSocket } = await exports.default.fetch(path, { headers: { upgrade: "websocket" } });
    webSocket!.accept();
    const ask = (message: object) =>
      new Promise<any>((resolve) => {
        const read = ({ data }: MessageEvent) => resolve(JSON.parse(data as string));
        webSocket!.addEventListener("message", read, { once: true });
        webSocket!.send(JSON.stringify(message));
      });
    const feedback = { version: VERSION_A, ...counts };
    expect(await ask({ id: 7, feedback })).toEqual({ id: 7, object: "feedback" });
    const wrong = await ask({ id: 8, feedback: { ...feedback, text: "the" } });
    expect(wrong).toMatchObject({ id: 8, status: 400, error: { param: "text" } });
    expect((await ask({ id: 9, text: "" })).position).toBe("the united".length);
    webSocket!.close();
    expect(await read()).toMatchObject([{ version: VERSION_A, ...counts }]);
  });

  it("is read under the names of models alone", async () => {
    expect((await call("GET", "/v1/models/nobody/feedback")).status).toBe(404);
  });

  it("goes to Analytics Engine too, where that is bound", async () => {
    const points: unknown[] = [];
    const FEEDBACK_EVENTS = { writeDataPoint: (point: unknown) => void points.push(point) };
    await callerOf({ FEEDBACK_EVENTS })("POST", "/v1/feedback", { version: VERSION_A, ...counts });
    expect(points).toEqual([
      { indexes: ["default"], blobs: ["default", VERSION_A], doubles: [10, 4, 2, 17] },
    ]);
  });
});
