import type { Check, Config } from "../config/config.ts";
import type { Stage } from "../plan/plan.ts";
import { checkStep } from "./check-step.ts";

/** What tells one stage of checks from another; `prefix` begins its steps' ids. */
export type CheckStage = { id: string; title: string; prefix: string; checks: Check[] };

/** A stage of checks: due on every change, never due (and never passed) without a check. */
export function checkStage(config: Config, { id, title, prefix, checks }: CheckStage): Stage {
  const due = checks.length > 0;
  return {
    id,
    title,
    needs: [],
    due,
    reason: due ? "checks run on every change" : "not configured",
    steps: checks.map((check) => checkStep(config, prefix, check)),
  };
}

/** Ids of the stages that an image needs. */
export const checkStageIds = ["lint", "security-scan", "unit-test", "integration-test"];
