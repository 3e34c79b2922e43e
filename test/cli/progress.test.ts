import { describe, expect, it } from "vitest";
import { clearProgress, fitLine, formatBytes, ProgressLine } from "../../cli/progress.ts";

const CLEAR = "\r\x1b[2K";
const WORDS = "epoch 1/2  loss 5.123  7,000 words/s  0:12 left";

/** A terminal of so many columns, and what was written on it. */
function makeTerminal(columns: number) {
  const terminal = { isTTY: true, columns, written: "" };
  const stream = { ...terminal, write: (text: string) => ((terminal.written += text), true) };
  return { line: new ProgressLine(stream as unknown as NodeJS.WriteStream), terminal };
}

describe("the moving line", () => {
  it.each([200, 110, 80, 60, 52, 44, 20, 5])("fits %i columns", (columns) => {
    expect(fitLine(0.36, WORDS, columns).length).toBeLessThanOrEqual(columns);
  });

  it("gives up its bar before its words", () => {
    expect(fitLine(0.5, WORDS, 100)).toBe(`${"█".repeat(12)}${"░".repeat(12)} 50%  ${WORDS}`);
    expect(fitLine(0.5, WORDS, 63)).toBe(`${"█".repeat(5)}${"░".repeat(5)} 50%  ${WORDS}`);
    expect(fitLine(0.5, WORDS, 55)).toBe(` 50%  ${WORDS}`);
  });

  it("shows work of which there is none as done", () => {
    expect(fitLine(1, "", 80)).toContain("100%");
    const { line, terminal } = makeTerminal(80);
    line.show(0, 0, () => "nothing");
    expect(terminal.written).toContain("100%  nothing");
    clearProgress();
  });

  it("is gone before anything else is printed, whoever prints it", () => {
    const { line, terminal } = makeTerminal(80);
    line.show(1, 1, () => "scoring the test text");
    expect(terminal.written.endsWith("scoring the test text")).toBe(true);
    clearProgress();
    expect(terminal.written.endsWith(CLEAR)).toBe(true);
    const before = terminal.written;
    clearProgress();
    expect(terminal.written).toBe(before);
  });

  it("gives way to another", () => {
    const first = makeTerminal(80);
    const second = makeTerminal(80);
    first.line.show(1, 1, () => "training");
    second.line.print("the model is current");
    expect(first.terminal.written.endsWith(CLEAR)).toBe(true);
    expect(second.terminal.written).toBe("the model is current\n");
  });
});

it.each([
  [0, "0 bytes"],
  [999, "999 bytes"],
  [1_500, "1.5 kB"],
  [1_000_000, "1.0 MB"],
  [2_340_000_000, "2.3 GB"],
])("writes %i bytes as %s", (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});
