import { fail, ok, type Result } from "../../result.ts";
import { type Core, exclusively, placedRun, sendTraffic, writeDown } from "./core.ts";
import { defaultGraceMs, serveLive } from "./fallback.ts";
import type { Operation } from "./protocol.ts";
import { startInOrder } from "./readiness.ts";
import { mayRunTwice, replace } from "./replace.ts";

/** Time (ms) that requests under way get when a person stops the live release. */
const stopDrainMs = 5_000;

/** Starts, stops or restarts the live release or a component of it; refused while a rollout holds the lease. */
export function operate(core: Core, { action, component, actor }: Operation): Promise<Result<void>> {
  return exclusively(core, async () => {
    const refusal = core.desk.refusal();
    if (refusal) return refusal;
    const { live } = core.state.value;
    if (live === null) return fail({ kind: "nothing-live", environment: core.name });
    const found = await placedRun(core, live, action);
    if (!found.ok) return found;
    const run = found.value;
    const known = run.release.components.map((one) => one.name);
    if (component !== null && !known.includes(component)) {
      return fail({ kind: "unknown-name", what: "component", name: component, known, nearest: null });
    }
    if (action === "restart" && mayRunTwice(core, run, component)) {
      const replaced = await replace(core, run, component);
      if (!replaced.ok) return replaced;
      if (component === null) await core.state.change({ stopped: false });
      await writeDown(core, { kind: "operated", action, component, actor });
      return ok(undefined);
    }
    if (action !== "start") {
      const one = component === null ? null : run.component(component);
      if (component === null) {
        await sendTraffic(core, {});
        await core.proxy.drain(live, stopDrainMs);
        await run.stop(defaultGraceMs);
      } else await one?.stop(defaultGraceMs);
    }
    if (component === null) await core.state.change({ stopped: action === "stop" });
    if (action !== "stop") {
      if (component === null) await serveLive(core);
      else {
        const started = await startInOrder(core, run, component);
        if (!started.ok) return started;
      }
    }
    await writeDown(core, { kind: "operated", action, component, actor });
    return ok(undefined);
  });
}
