import type { Failure } from "../failure.ts";
import { fail, ok, type Result } from "../result.ts";
import { waitReady } from "./engine-ready.ts";
import { partyIn, releaseOf, type Session, within } from "./engine-session.ts";
import { hold, pause, watch } from "./engine-watch.ts";
import { runsItself } from "./party.ts";
import { weightsAt } from "./rollout.ts";
import { checkSmoke } from "./smoke.ts";
import type { Rollout } from "./state.ts";
import type { RolloutStep } from "./strategy.ts";
import type { Observation } from "./target.ts";

/** SIGTERM to SIGKILL (ms); in-flight requests had the drain before. */
const graceMs = 10_000;

/** Does one step. The value is what there is to say about it, for the journal. */
export async function act(session: Session, rollout: Rollout, step: RolloutStep): Promise<Result<string>> {
  const { clock, deployment, environment } = session;
  const { target, router, store } = deployment;
  switch (step.kind) {
    case "place":
      return place(session, rollout);
    case "migrate":
      return migrate(session, rollout);
    case "start": {
      const { release } = partyIn(rollout, step.release);
      for (const component of step.components) {
        const started = await within(clock, 60_000, `start ${component}`, target.start(release, component));
        if (!started.ok) return started;
      }
      return ok("");
    }
    case "ready":
      return said(await waitReady(session, rollout, step));
    case "smoke":
      return smoke(session, rollout);
    case "shift":
      return said(await within(clock, 10_000, "shift", router.shift(weightsAt(rollout, step.weight))));
    case "hold":
      return hold(session, rollout, step);
    case "pause":
      return pause(session, rollout, step);
    case "watch":
      return watch(session, rollout, step);
    case "drain": {
      const { release, version } = partyIn(rollout, step.release);
      const { drainMs } = environment;
      const drained = await within(clock, drainMs + 5_000, "drain", router.drain(release, drainMs));
      if (!drained.ok) return drained;
      session.fact({ kind: "drained", version, leftOpen: drained.value.leftOpen });
      return ok(`${drained.value.leftOpen} left open`);
    }
    case "stop": {
      const { release } = partyIn(rollout, step.release);
      return said(await within(clock, graceMs + 10_000, "stop", target.stop(release, graceMs)));
    }
    case "commit": {
      const { release } = partyIn(rollout, step.release);
      const { warmMs, drainMs } = environment;
      return said(await within(clock, 10_000, "commit", store.commit(release, { warmMs, drainMs })));
    }
  }
}

/** Steps that the target shows something of, once they are done. */
type SeenStep = Extract<RolloutStep, { kind: "place" | "start" | "stop" | "shift" | "commit" }>;

export const isSeen = (step: RolloutStep): step is SeenStep =>
  step.kind === "place" ||
  step.kind === "start" ||
  step.kind === "stop" ||
  step.kind === "shift" ||
  step.kind === "commit";

/** Whether the target shows what the step was for. */
export function isThere(rollout: Rollout, step: SeenStep, seen: Observation): boolean {
  const release = "release" in step ? partyIn(rollout, step.release).release : rollout.candidate.release;
  const components = seen.releases[release]?.components ?? {};
  switch (step.kind) {
    case "place":
      return seen.releases[release]?.placed === true;
    case "start":
      return step.components.every((name) => (components[name]?.state ?? "stopped") !== "stopped");
    case "stop":
      return Object.values(components).every((component) => !runsItself(component));
    case "shift":
      return sameWeights(weightsAt(rollout, step.weight), seen.weights);
    case "commit":
      return seen.live === release;
  }
}

async function place(session: Session, rollout: Rollout): Promise<Result<string>> {
  const release = releaseOf(session, rollout, "candidate");
  if (!release) return fail({ kind: "target-failed", action: "place", reason: "the release is not known" });
  const needed = Object.entries(session.secrets).filter(([name]) => release.secrets.includes(name));
  const work = session.deployment.target.place(release, Object.fromEntries(needed));
  return said(await within(session.clock, 10 * 60_000, "place", work));
}

async function migrate(session: Session, rollout: Rollout): Promise<Result<string>> {
  const { clock, deployment } = session;
  const migration = releaseOf(session, rollout, "candidate")?.migration;
  if (!migration) return fail({ kind: "target-failed", action: "migrate", reason: "no migration is known" });
  const { run, timeoutMs } = migration;
  const work = deployment.target.execute(rollout.candidate.release, migration.in, run, timeoutMs);
  const executed = await within(clock, timeoutMs + 15_000, "migrate", work);
  if (!executed.ok) return executed;
  const { end, timedOut, log } = executed.value;
  for (const line of log) session.fact({ kind: "output", version: rollout.candidate.version, line });
  if (end.exitCode === 0 && !timedOut) return ok("");
  return fail({
    kind: "migration-failed",
    end,
    timedOutAfterMs: timedOut ? timeoutMs : null,
    log: log.slice(-20),
  });
}

async function smoke(session: Session, rollout: Rollout): Promise<Result<string>> {
  const { target } = session.deployment;
  const checks = releaseOf(session, rollout, "candidate")?.smoke ?? [];
  for (const check of checks) {
    const { method, path, headers, body, component } = check;
    // A slow answer is worth showing as slow, so the request may take longer than the check allows.
    const timeoutMs = check.expect.withinMs * 2 + 1_000;
    const request = { method, path, headers, timeoutMs, ...(body === null ? {} : { body }) };
    const answer = await target.probe(rollout.candidate.release, component ?? "", request);
    const wrong = checkSmoke(check, answer, path);
    if (wrong) return fail<Failure>({ kind: "smoke-failed", check: check.name, probe: wrong });
  }
  return ok(`${checks.length} passed`);
}

function sameWeights(wanted: Record<string, number>, got: Record<string, number>): boolean {
  const names = new Set([...Object.keys(wanted), ...Object.keys(got)]);
  return [...names].every((name) => (wanted[name] ?? 0) === (got[name] ?? 0));
}

const said = (result: Result<void>): Result<string> => (result.ok ? ok("") : result);
