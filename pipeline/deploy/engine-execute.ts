import type { Command } from "../config/config.ts";
import { fail, ok, type Result } from "../result.ts";
import { holdingLease } from "./engine-lease.ts";
import { type EngineRequest, observe, record, within } from "./engine-session.ts";
import type { Executed } from "./target.ts";

/**
 * Runs a command once with the code and the environment of the live release, under the lease: no rollout begins or goes
 * on meanwhile. Its end stands in the journal. Fails with `nothing-live`, or with `unknown-name` for the component.
 */
export const executeLive = (
  request: EngineRequest,
  asked: { component: string; command: Command; timeoutMs: number },
): Promise<Result<Executed>> =>
  holdingLease(request, { cause: "deploy", version: "none" }, async (session): Promise<Result<Executed>> => {
    const { component, command, timeoutMs } = asked;
    const { clock, deployment, environment, actor } = session;
    const seen = await observe(session);
    if (!seen.ok) return seen;
    const { live, releases } = seen.value;
    const release = live === null ? undefined : releases[live];
    if (live === null || !release) return fail({ kind: "nothing-live", environment: environment.name });
    const known = Object.keys(release.components);
    if (!known.includes(component))
      return fail({ kind: "unknown-name", what: "component", name: component, known, nearest: null });
    const work = deployment.target.execute(live, component, command, timeoutMs);
    const done = await within(clock, timeoutMs + 15_000, "execute", work);
    if (!done.ok) return done;
    const { exitCode } = done.value.end;
    await record(session, { kind: "executed", version: release.version, component, actor, exitCode });
    return ok(done.value);
  });
