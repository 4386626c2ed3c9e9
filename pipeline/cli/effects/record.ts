import type { Environment } from "../../config/config.ts";
import type { EngineRequest } from "../../deploy/engine.ts";
import { ok, type Result } from "../../result.ts";
import { quietRequest } from "../engine-request.ts";
import { reach } from "../reach/reach.ts";
import type { Work } from "./work.ts";

/**
 * Lets `use` write into the journal of an environment, as its engine would. What has to be started for it is ended
 * afterwards.
 */
export async function withJournal(
  work: Pick<Work, "root" | "state" | "desk" | "context" | "config">,
  environment: Environment,
  use: (request: EngineRequest) => Promise<Result<unknown>>,
): Promise<Result<unknown>> {
  const way = await reach({ ...work, environment });
  const running = await way.running();
  if (!running.ok) return running;
  const opened = running.value === null ? await way.any() : ok(running.value);
  if (!opened.ok) return opened;
  const deployment = opened.value;
  try {
    return await use(quietRequest(deployment, environment, work));
  } finally {
    if (running.value === null) await deployment.shutdown?.();
    await deployment.close();
  }
}
