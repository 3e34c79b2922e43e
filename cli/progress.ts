// cli/progress: shows how far the work is: one moving line on a terminal, plain lines now and then elsewhere.

const MAX_BAR = 24; // cells
const MIN_BAR = 4; // below it, a terminal has room for words alone
const TERMINAL_INTERVAL_MS = 100;
const PLAIN_INTERVAL_MS = 10_000;

/** The terminal on which a line moves now: there is one at a time. */
let terminal: NodeJS.WriteStream | null = null;

/** Takes the moving line away, so that what is printed next stands by itself. */
export function clearProgress(): void {
  terminal?.write("\r\x1b[2K");
  terminal = null;
}

export class ProgressLine {
  readonly #stream: NodeJS.WriteStream;
  #shownAt = 0;

  constructor(stream: NodeJS.WriteStream = process.stderr) {
    this.#stream = stream;
  }

  /** Shows where the work is, unless it was shown a moment ago. */
  show(done: number, total: number, describe: () => string): void {
    const now = performance.now();
    const isTerminal = this.#stream.isTTY;
    const isDue = now - this.#shownAt >= (isTerminal ? TERMINAL_INTERVAL_MS : PLAIN_INTERVAL_MS);
    if (!isDue && done < total) return;
    if (!isTerminal && done === total) return; // the line that follows says it
    this.#shownAt = now;
    const share = total > 0 ? done / total : 1;
    if (!isTerminal) {
      this.#stream.write(`${percentOf(share)}  ${describe()}\n`);
      return;
    }
    if (terminal !== this.#stream) clearProgress();
    this.#stream.write(`\r\x1b[2K${fitLine(share, describe(), (this.#stream.columns || 80) - 1)}`);
    terminal = this.#stream;
  }

  /** Prints a line that stays, in place of the moving one. */
  print(line: string): void {
    clearProgress();
    this.#stream.write(line + "\n");
  }

  clear(): void {
    if (terminal === this.#stream) clearProgress();
  }
}

/**
 * A bar, the percentage and the words, in no more than `columns`: the bar gives way first, the end of the words last.
 *
 * fitLine(0.5, "epoch 1/2", 40); // "████████████░░░░░░░░░░░░ 50%  epoch 1/2"
 */
export function fitLine(share: number, words: string, columns: number): string {
  const text = `${percentOf(share)}  ${words}`;
  const cells = Math.min(columns - text.length, MAX_BAR);
  const filled = Math.round(cells * share);
  const bar = cells < MIN_BAR ? "" : "█".repeat(filled) + "░".repeat(cells - filled);
  return (bar + text).slice(0, columns);
}

function percentOf(share: number): string {
  return `${Math.floor(100 * share)}%`.padStart(4);
}

/** `75` seconds are `1:15`. */
export function formatDuration(seconds: number): string {
  const total = Math.max(Math.round(seconds), 0);
  const [hours, minutes] = [Math.floor(total / 3600), Math.floor(total / 60) % 60];
  const rest = String(total % 60).padStart(2, "0");
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
}

/** `1234567` is `1,234,567`. */
export function formatCount(count: number): string {
  return Math.round(count).toLocaleString("en-US");
}

/** `1500` bytes are `1.5 kB`. */
export function formatBytes(bytes: number): string {
  const units = ["bytes", "kB", "MB", "GB"];
  const power = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), units.length - 1);
  return `${(bytes / 1000 ** power).toFixed(power === 0 ? 0 : 1)} ${units[power]}`;
}
