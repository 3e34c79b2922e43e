// cli/progress: shows how far the work is: one moving line on a terminal, plain lines now and then elsewhere.

const BAR_WIDTH = 24;
const TERMINAL_INTERVAL_MS = 100;
const PLAIN_INTERVAL_MS = 10_000;

export class ProgressLine {
  readonly #stream: NodeJS.WriteStream;
  #shownAt = 0;
  #isOpen = false;

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
    const percent = `${Math.floor((100 * done) / total)}%`.padStart(4);
    if (!isTerminal) {
      this.#stream.write(`${percent}  ${describe()}\n`);
      return;
    }
    const filled = Math.round((BAR_WIDTH * done) / total);
    const bar = "█".repeat(filled) + "░".repeat(BAR_WIDTH - filled);
    const line = `${bar}${percent}  ${describe()}`.slice(0, (this.#stream.columns ?? 80) - 1);
    this.#stream.write(`\r\x1b[2K${line}`);
    this.#isOpen = true;
  }

  /** Prints a line that stays, in place of the moving one. */
  print(line: string): void {
    this.clear();
    this.#stream.write(line + "\n");
  }

  clear(): void {
    if (this.#isOpen) this.#stream.write("\r\x1b[2K");
    this.#isOpen = false;
  }
}

/** `75` seconds are `1:15`. */
export function formatDuration(seconds: number): string {
  const whole = Math.max(Math.round(seconds), 0);
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  const rest = String(whole % 60).padStart(2, "0");
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
}

/** `1234567` is `1,234,567`. */
export function formatCount(count: number): string {
  return Math.round(count).toLocaleString("en-US");
}

/** `1536` bytes are `1.5 kB`. */
export function formatBytes(bytes: number): string {
  const units = ["bytes", "kB", "MB", "GB"];
  const power = Math.min(Math.floor(Math.log2(Math.max(bytes, 1)) / 10), units.length - 1);
  return `${(bytes / 1024 ** power).toFixed(power === 0 ? 0 : 1)} ${units[power]}`;
}
