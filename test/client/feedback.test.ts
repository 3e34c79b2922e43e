import { afterEach, describe, expect, it, vi } from "vitest";
import { connect } from "#client/connect";
import type { Feedback } from "#client/types";
import { Suggester } from "#client/suggester";
import type { SuggesterOptions } from "#client/suggester";
import { startWorker } from "../running-worker.ts";

const VERSION = "20261123-200000-aaaaaa";
const WORDS = ["union", "united", "states", "state"];

/** Completes words from a list, and keeps what is reported. */
function suggesterOf(options: SuggesterOptions = {}) {
  const reports: Feedback[] = [];
  let version = VERSION;
  const suggester = new Suggester(
    {
      async update(text) {
        const begun = /\w*$/.exec(text)![0];
        const fitting = WORDS.filter((word) => word.startsWith(begun) && word !== begun);
        const predictions = fitting.map((word) => ({ word, probability: 0.2, insert: word.slice(begun.length) })); // prettier-ignore
        return { model: "m", version, position: text.length, predictions };
      },
      reject: () => Promise.reject(new Error("nobody rejects here")),
      async report(feedback) {
        reports.push(feedback);
      },
    },
    options,
  );
  const type = async (text: string, from = 0) => {
    for (let end = from + 1; end <= text.length; end++) {
      suggester.input(text.slice(0, end), "");
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  return { suggester, reports, type, useVersion: (next: string) => (version = next) };
}

afterEach(() => {
  vi.useRealTimers();
});

describe("feedback", () => {
  it("counts words that are accepted, typed out, or others, each once", async () => {
    const { suggester, reports, type } = suggesterOf();
    await type("the un");
    const { insert } = suggester.accept()!;
    suggester.input(`the un${insert}`, "");
    await type(`the un${insert}states and then`, `the un${insert}`.length);
    suggester.stop();
    expect(reports).toEqual([
      { version: VERSION, shown: 3, accepted: 1, typed_out: 1, characters_saved: insert.length - 1 }, // prettier-ignore
    ]);
  });

  it("is sent once a minute, and not where nothing was shown", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const { reports, type } = suggesterOf();
    await type("united states of");
    expect(reports).toEqual([]);
    vi.advanceTimersByTime(60_000);
    expect(reports).toMatchObject([{ shown: 2, typed_out: 2 }]);
    vi.advanceTimersByTime(600_000);
    expect(reports).toHaveLength(1);
  });

  it("is told apart by version", async () => {
    const { suggester, reports, type, useVersion } = suggesterOf();
    await type("united ");
    useVersion("20261123-210000-bbbbbb");
    await type("united states ");
    suggester.stop();
    expect(reports.map(({ version }) => version)).toEqual([VERSION, "20261123-210000-bbbbbb"]);
    expect(reports.every(({ typed_out }) => typed_out > 0)).toBe(true);
  });

  it("holds no text", async () => {
    const { suggester, reports, type } = suggesterOf();
    await type("the united secret states ");
    suggester.stop();
    const strings = Object.values(reports[0]!).filter((value) => typeof value !== "number");
    expect(strings).toEqual([VERSION]);
  });

  it("is not sent where it is not wanted", async () => {
    const { suggester, reports, type } = suggesterOf({ feedback: false });
    await type("united states ");
    suggester.stop();
    expect(reports).toEqual([]);
  });
});

it("a session hands feedback to its server", async () => {
  const worker = await startWorker();
  try {
    const session = await connect({ url: worker.url }).open();
    const { version } = await session.append("the uni");
    const counts = { version, shown: 5, accepted: 2, typed_out: 1, characters_saved: 7 };
    await session.report(counts);
    session.close();
    const answer = await fetch(`${worker.url}/v1/models/default/feedback`);
    expect(await answer.json()).toMatchObject({ versions: [{ ...counts, reports: 1 }] });
  } finally {
    await worker.close();
  }
});
