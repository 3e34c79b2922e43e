// edge/rpc-result: errors cross from an object to the Worker as data: thrown ones lose everything but their message.

import { PositionError } from "#inference/position-error";
import { ApiError, failureOf } from "./errors.ts";
import type { Failure } from "./errors.ts";

export type RpcResult<Result> = { result: Result } | { failure: Failure };

/** The answer, or the failure that it threw; other errors are thrown on. */
export async function reply<Result>(answer: () => Promise<Result>): Promise<RpcResult<Result>> {
  try {
    return { result: await answer() };
  } catch (error) {
    if (error instanceof ApiError || error instanceof PositionError)
      return { failure: failureOf(error) };
    throw error;
  }
}
