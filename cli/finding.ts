// cli/finding: a finding of the doctor in a line or two.

import type { Finding } from "#ops/doctor/verdict";

const MARKS = { ok: "✓", warning: "!", failed: "✗", skipped: "–" } as const;

/** `✓ credentials       account 123456789012` */
export function formatFinding({ check, status, message, advice }: Finding): string {
  const line = `${MARKS[status]} ${check.padEnd(16)}  ${message}`;
  return advice === undefined ? line : `${line}\n  ${"".padEnd(16)}  ${advice}`;
}
