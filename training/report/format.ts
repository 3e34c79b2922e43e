// training/report/format: numbers for a reader.

/** `0.2132` is `21.3 %`. */
export const percent = (share: number) => `${(100 * share).toFixed(1)} %`;

/** `1234567` is `1,234,567`. */
export const count = (value: number) => Math.round(value).toLocaleString("en-US");

/** `100` seconds are `2 min`. */
export function duration(seconds: number): string {
  if (seconds < 90) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${(seconds / 3600).toFixed(1)} h`;
}
