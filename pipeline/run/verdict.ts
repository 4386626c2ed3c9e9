import { exitCode, type Failure } from "../failure.ts";
import type { Outcome } from "./event.ts";

/** Exit code of a whole run. */
export type RunExit = 0 | ReturnType<typeof exitCode>;

/** Which failure decides, worst first: recovery failed, bug, interrupted, outcome, precondition, invalid input. */
const worstFirst = [4, 70, 130, 1, 3, 2] as const;

/** The exit code of the worst failure; 0 where there is none. */
export function worstExit(failures: Failure[]): RunExit {
  const codes = failures.map(exitCode);
  return worstFirst.find((code) => codes.includes(code)) ?? 0;
}

/** The outcome of a whole from its parts: interrupted before failed before passed before skipped. */
export function combined(outcomes: Outcome[]): Outcome {
  const order: Outcome[] = ["interrupted", "failed", "passed"];
  return order.find((each) => outcomes.includes(each)) ?? "skipped";
}
