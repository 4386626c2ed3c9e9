import type { Failure } from "../../pipeline/failure.ts";
import type { Result } from "../../pipeline/result.ts";

/** The value of a result that has to be good. */
export function unwrap<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`expected a value, got ${JSON.stringify(result.failure)}`);
  return result.value;
}

/** The failure of a result that has to be one. */
export function unwrapFailure<T>(result: Result<T>): Failure {
  if (result.ok) throw new Error(`expected a failure, got ${JSON.stringify(result.value)}`);
  return result.failure;
}
