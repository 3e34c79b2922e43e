// test/infra/batch-retries: what AWS Batch does with an attempt that failed, by the rules of a job definition: the first that
// fits decides, all of a rule's conditions have to hold, a pattern may end in an asterisk, and where none fits it tries again.

export interface RetryRule {
  Action: "RETRY" | "EXIT";
  OnExitCode?: string;
  OnReason?: string;
  OnStatusReason?: string;
}

/** How an attempt failed, as Batch tells it; a container that never ran has neither status nor, on Fargate, a reason. */
export interface FailedAttempt {
  exitCode?: number;
  reason?: string;
  statusReason?: string;
}

export function decide(rules: RetryRule[], attempt: FailedAttempt): "RETRY" | "EXIT" {
  const { exitCode, reason, statusReason } = attempt;
  const fits = ({ OnExitCode, OnReason, OnStatusReason }: RetryRule) =>
    matches(OnExitCode, exitCode?.toString()) &&
    matches(OnReason, reason) &&
    matches(OnStatusReason, statusReason);
  return rules.find(fits)?.Action ?? "RETRY";
}

function matches(pattern: string | undefined, text: string | undefined): boolean {
  if (pattern === undefined) return true;
  if (text === undefined) return false;
  return pattern.endsWith("*") ? text.startsWith(pattern.slice(0, -1)) : text === pattern;
}
