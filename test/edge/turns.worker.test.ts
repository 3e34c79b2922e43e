// Long calls that are under way at once, in the runtime whose event loop their turns rely on.

import { afterEach, expect, it, vi } from "vitest";
import { nextTurn } from "../../edge/turns.ts";

afterEach(() => vi.restoreAllMocks());

const CALLS = 5;
const TURNS = 20;

/** Takes turns, and notes each under a name. */
async function takeTurns(name: number, log: number[]): Promise<void> {
  for (let turn = 0; turn < TURNS; turn++) {
    await nextTurn();
    log.push(name);
  }
}

it("take turns", async () => {
  const log: number[] = [];
  await Promise.all(Array.from({ length: CALLS }, (_, name) => takeTurns(name, log)));
  const names = [...Array(CALLS).keys()];
  for (let round = 0; round < TURNS; round++) {
    expect(log.slice(round * CALLS, (round + 1) * CALLS)).toEqual(names);
  }
});

it("let others go first between any two of them", async () => {
  const log: (number | "event")[] = [];
  const countTurns = () => log.filter((entry) => entry !== "event").length;
  const events = (async () => {
    while (countTurns() < CALLS * TURNS) {
      await scheduler.wait(0);
      if (log.at(-1) !== "event") log.push("event");
    }
  })();
  const calls = Array.from({ length: CALLS }, (_, name) => takeTurns(name, log as number[]));
  await Promise.all([...calls, events]);
  const turns = log.flatMap((entry, at) => (entry === "event" ? [] : [at]));
  expect(turns).toHaveLength(CALLS * TURNS);
  turns.slice(1).forEach((at, before) => expect(log[at - 1], `turn ${before + 1}`).toBe("event"));
});

it("do not wait for one that has gone", async () => {
  const wait = scheduler.wait.bind(scheduler);
  vi.spyOn(scheduler, "wait").mockImplementationOnce(() => Promise.withResolvers<void>().promise);
  void nextTurn(); // as where a client goes away: what it waits for never comes
  vi.mocked(scheduler.wait).mockImplementation(wait);
  const log: number[] = [];
  await Promise.all([takeTurns(0, log), takeTurns(1, log)]);
  expect(log).toHaveLength(2 * TURNS);
});
