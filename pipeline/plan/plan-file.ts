import type { Config } from "../config/config.ts";
import type { Failure } from "../failure.ts";
import { fail, ok, type Result } from "../result.ts";
import { topological } from "./graph.ts";
import { type Plan, planFormat } from "./plan.ts";
import { planSchema } from "./schema.ts";

/**
 * Reads the text of a plan file. Refused: another format (plan-version), a config that has changed since
 * (plan-stale), anything that is no runnable plan (file-corrupt), a cycle (graph-cycle).
 */
export function readPlan(file: string, text: string, config: Config): Result<Plan> {
  const value = parseJson(file, text);
  if (!value.ok) return value;
  const format = formatOf(value.value);
  if (format === undefined) return fail(corrupt(file, "it has no format"));
  if (format !== planFormat)
    return fail({ kind: "plan-version", file, got: String(format), expected: String(planFormat) });
  const plan = planSchema.safeParse(value.value);
  if (!plan.success) {
    const issue = plan.error.issues[0];
    return fail(
      corrupt(file, issue ? `at ${issue.path.join(".") || "the top"}: ${issue.message}` : "no plan"),
    );
  }
  const { digest } = plan.data.config;
  if (digest !== config.digest) {
    const because = `it was made from config ${digest.slice(0, 12)}, ${config.file} is now ${config.digest.slice(0, 12)}`;
    return fail({ kind: "plan-stale", file, because });
  }
  return runnable(file, plan.data);
}

function parseJson(file: string, text: string): Result<unknown> {
  try {
    return ok(JSON.parse(text));
  } catch (error) {
    return fail(corrupt(file, error instanceof Error ? error.message : String(error)));
  }
}

const formatOf = (value: unknown): unknown =>
  value !== null && typeof value === "object" && "format" in value ? value.format : undefined;

/** Names are unique, needs are met by what is there, and nothing waits for itself. */
function runnable(file: string, plan: Plan): Result<Plan> {
  const steps = plan.stages.flatMap((stage) => stage.steps);
  for (const nodes of [plan.stages, steps]) {
    const ids = nodes.map((node) => node.id);
    const twice = ids.find((id, index) => ids.indexOf(id) !== index);
    if (twice !== undefined) return fail(corrupt(file, `${twice} is there twice`));
    for (const { id, needs } of nodes) {
      const missing = needs.find((need) => !ids.includes(need));
      if (missing !== undefined) return fail(corrupt(file, `${id} needs ${missing}, which is not there`));
    }
    const ordered = topological<{ id: string; needs: string[] }>(nodes);
    if (!ordered.ok) return ordered;
  }
  return ok(plan);
}

const corrupt = (file: string, reason: string): Failure => ({
  kind: "file-corrupt",
  file,
  what: "plan",
  reason,
  remedy: "Make it again with `bellwether plan --json`.",
});
