import { history } from "../../deploy/history.ts";
import { fail, ok, type Result } from "../../result.ts";
import type { Core } from "./core.ts";
import { defaultDrainMs, defaultGraceMs } from "./fallback.ts";
import { answersReady } from "./readiness.ts";
import type { ReleaseRun } from "./release-run.ts";

/**
 * Whether a component can be restarted without a moment in which nobody serves: it is the one that takes the traffic,
 * it runs, and its release came by a strategy under which two processes of it may run at the same time.
 */
export function mayRunTwice(core: Core, run: ReleaseRun, component: string | null): boolean {
  const { front, release } = run;
  if (front === null || front.name !== component || !run.serving) return false;
  const brought = history(core.journal.entries).filter((one) => one.release === release.id && one.committed);
  return brought.at(-1)?.strategy !== "recreate";
}

/**
 * Restarts the component that takes the traffic: a new process beside the old one, and when it is ready the traffic
 * moves to it, what the old one has under way ends, and it is stopped. One that does not become ready goes again.
 */
export async function replaceFront(core: Core, run: ReleaseRun): Promise<Result<void>> {
  const { front, release } = run;
  if (front === null) return ok(undefined);
  const { clock } = core.parts;
  const old = run.component(front.name);
  const began = clock.now();
  const made = await run.beside(front.name);
  if (!made.ok) return made;
  const fresh = made.value;
  const { port } = fresh;
  if (port === null || !(await answersReady(core, front.health, port))) {
    const { end, log } = fresh.observe();
    await fresh.stop(defaultGraceMs);
    return fail({
      kind: "not-healthy",
      component: front.name,
      version: release.version,
      waitedMs: clock.now() - began,
      probe: null,
      end,
      log,
    });
  }
  run.put(front.name, fresh);
  await core.proxy.move(release.id, port, core.state.value.retire?.drainMs ?? defaultDrainMs);
  await old?.stop(defaultGraceMs);
  return ok(undefined);
}
