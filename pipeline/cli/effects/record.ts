import type { Environment } from "../../config/config.ts";
import type { EngineRequest } from "../../deploy/engine.ts";
import type { Result } from "../../result.ts";
import { connectLocal } from "../../targets/local/client.ts";
import { ensureDaemon } from "../../targets/local/launch.ts";
import { daemonLaunch } from "../local.ts";
import { toolVersion } from "../tool-version.ts";
import type { Work } from "./work.ts";

/**
 * Lets `use` write into the journal of an environment, as its engine would. Where no daemon runs, one is started
 * for it and ended afterwards.
 */
export async function withJournal(
  { root, state, desk, context }: Pick<Work, "root" | "state" | "desk" | "context">,
  environment: Environment,
  use: (request: EngineRequest) => Promise<Result<unknown>>,
): Promise<Result<unknown>> {
  const { clock, variables, interruption } = desk;
  const { name } = environment;
  const running = await connectLocal({ state, environment: name, tool: toolVersion });
  if (!running.ok && running.failure.kind !== "target-unreachable") return running;
  const opened = running.ok
    ? running
    : await ensureDaemon(daemonLaunch({ root, state, clock, variables }, name, false));
  if (!opened.ok) return opened;
  const deployment = opened.value;
  try {
    return await use({
      deployment,
      environment,
      secrets: {},
      approvals: [],
      actor: context.actor,
      tool: toolVersion,
      clock,
      signal: interruption.signal,
      fact: () => {},
    });
  } finally {
    if (!running.ok) await deployment.inspect.shutdown();
    await deployment.close();
  }
}
