import { fail, ok, type Result } from "../result.ts";
import type { Stage } from "./plan.ts";
import { unknownName } from "./select.ts";

/** Why such a stage does not run here. */
const reason = "passed before this call, as its caller says";

/**
 * Stages that passed already, in an earlier job of the same workflow: they stay in the plan as skipped, with that
 * reason. What an environment's engine asks by itself (approvals, digests that completed elsewhere) it asks anyway.
 */
export function leaveOut(stages: Stage[], passed: string[]): Result<Stage[]> {
  const known = stages.map(({ id }) => id);
  const unknown = passed.find((name) => !known.includes(name));
  if (unknown !== undefined) return fail(unknownName("stage", unknown, known));
  return ok(
    stages.map((stage) =>
      passed.includes(stage.id) && stage.due ? { ...stage, due: false, reason, steps: [] } : stage,
    ),
  );
}
