import type { HermeticStep } from "../plan/plan.ts";
import type { JudgeFacts, Judgement, Seen } from "./judge-check.ts";
import { printedTests } from "./printed-tests.ts";

/**
 * Reads what a step wrote and decides. A step that failed stays failed, with what its reports tell; one that ended
 * well fails where a declared report is missing or malformed, or tells of something that its rules do not allow; and
 * where no test ran, by the report or else by what the runner printed.
 */
export function createJudge(facts: JudgeFacts): (step: HermeticStep, seen: Seen) => Promise<Judgement> {
  return async (step, seen) => {
    const { reports, findings, rules } = step;
    const tests = /^(unit|integration)\b/.test(step.id) && !reports.junit;
    const printed = seen.failure === null && tests ? printedTests(seen.log) : null;
    if (printed?.ran === 0)
      return {
        evidence: null,
        failure: { kind: "no-tests", step: step.id, skipped: printed.skipped },
        notes: [],
      };
    if (!reports.junit && !reports.coverage && !findings && !rules.scan)
      return { evidence: null, failure: seen.failure, notes: [] };
    // What did not come to its end tells nothing of what it would have written.
    if (seen.failure?.kind === "interrupted") return { evidence: null, failure: seen.failure, notes: [] };
    // What reads their documents is large, and many steps have none.
    if (rules.scan) return (await import("./scan-rule.ts")).judgeScan(step, rules.scan, seen, facts.today);
    return (await import("./judge-check.ts")).judgeCheck(step, seen, facts);
  };
}
