import { randomUUID } from "node:crypto";
import type { Config } from "../config/config.ts";
import { resolveSecrets } from "../config/secrets.ts";
import { daggerExecutor } from "../executors/dagger/executor.ts";
import { joinSession } from "../executors/dagger/session.ts";
import type { Plan } from "../plan/plan.ts";
import { ok, type Result } from "../result.ts";
import type { Executor } from "../run/executor.ts";
import type { Desk } from "./desk.ts";
import type { Settings } from "./settings.ts";

/** Hermetic steps in the engine of the Dagger session that this program was started in. */
export async function openDagger(
  { root }: Settings,
  config: Config,
  plan: Plan,
  desk: Desk,
): Promise<Result<Executor>> {
  const secrets = await resolveSecrets(config.secrets, [...new Set(stepSecrets(plan))], {
    environment: desk.variables,
    directory: root,
    processes: desk.processes,
  });
  if (!secrets.ok) return secrets;
  const session = await joinSession(root, secrets.value, desk.variables);
  if (!session.ok) return session;
  const { app, context } = plan;
  return ok(daggerExecutor({ ...session.value, app, version: context.version, fresh: randomUUID() }));
}

const stepSecrets = (plan: Plan): string[] =>
  plan.stages.flatMap((stage) =>
    stage.steps.flatMap((step) => (step.kind === "hermetic" ? step.secrets : [])),
  );
