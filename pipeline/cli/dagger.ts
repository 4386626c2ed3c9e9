import { randomUUID } from "node:crypto";
import type { Config } from "../config/config.ts";
import { resolveSecrets } from "../config/secrets.ts";
import { daggerExecutor } from "../executors/dagger/executor.ts";
import { addressesOf } from "../executors/dagger/images.ts";
import { openSession } from "../executors/dagger/session.ts";
import { definedOnly } from "../io/variables.ts";
import type { Plan } from "../plan/plan.ts";
import { createRedactor } from "../redact.ts";
import { ok, type Result } from "../result.ts";
import type { Executor } from "../run/executor.ts";
import type { Desk } from "./desk.ts";
import { readPins } from "./images/pins.ts";
import type { Settings } from "./settings.ts";

/** Hermetic steps in a Dagger engine: in the session that this program was started in, or in one of its own. */
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
  const pins = await readPins(root);
  if (!pins.ok) return pins;
  const session = await openSession({
    checkout: root,
    secrets: secrets.value,
    processes: desk.processes,
    clock: desk.clock,
    signal: desk.interruption.signal,
    variables: desk.variables,
    history: plan.context.event === "pull_request",
    program: process.argv[1] ?? "",
  });
  if (!session.ok) return session;
  const { app, context } = plan;
  const redactor = createRedactor(Object.values(secrets.value));
  return ok(
    daggerExecutor({
      hide: redactor.line,
      ...session.value,
      app,
      version: context.version,
      fresh: randomUUID(),
      address: addressesOf(config.dagger.images, pins.value.containers),
      variables: definedOnly(desk.variables),
      change: null,
    }),
  );
}

const stepSecrets = (plan: Plan): string[] =>
  plan.stages.flatMap((stage) =>
    stage.steps.flatMap((step) =>
      step.kind === "hermetic" ? [...step.secrets, ...step.components.flatMap(({ secrets }) => secrets)] : [],
    ),
  );
