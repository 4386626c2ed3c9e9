import type { Environment } from "../config/config.ts";
import type { Context } from "../context/context.ts";
import type { EngineRequest } from "../deploy/engine.ts";
import type { Deployment } from "../deploy/target.ts";
import type { Desk } from "./desk.ts";
import { toolVersion } from "./tool-version.ts";

/** What the engine is asked with where no release is shipped: no secrets, no approvals, and nobody is told of its facts. */
export const quietRequest = (
  deployment: Deployment,
  environment: Environment,
  { context, desk }: { context: Context; desk: Desk },
): EngineRequest => ({
  deployment,
  environment,
  secrets: {},
  approvals: [],
  actor: context.actor,
  tool: toolVersion,
  clock: desk.clock,
  signal: desk.interruption.signal,
  fact: () => {},
});
