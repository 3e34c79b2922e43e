// inference/run-steps: work that is offered in steps, for callers that let others go in between, done at once.

/**
 * What a generator answers, its steps taken one after the other.
 *
 * @example
 * runSteps(settleSteps(session, reader)); // the session
 */
export function runSteps<Result>(steps: Generator<unknown, Result>): Result {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value as Result;
  }
}
