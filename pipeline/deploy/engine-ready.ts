import type { Failure, ProbeSeen } from "../failure.ts";
import { fail, ok, type Result } from "../result.ts";
import { abortFailure, observe, partyIn, releaseOf, type Session } from "./engine-session.ts";
import { isHealthy, isReady, notReady, observed, type Readiness, readProbe } from "./readiness.ts";
import type { ReleaseComponent } from "./release.ts";
import type { Rollout } from "./state.ts";
import type { RolloutStep } from "./strategy.ts";
import type { ObservedComponent } from "./target.ts";

/** A process that exits while it starts is noticed within this time (ms), whatever the probe's interval. */
const lookEveryMs = 500;

type Waiting = {
  component: ReleaseComponent;
  readiness: Readiness;
  /** Its start-up probe has succeeded, or it has none. */
  started: boolean;
  probe: ProbeSeen | null;
  askAgainAt: number;
};

/**
 * Waits until every component of the step has succeeded often enough in a row, over long enough a time (B17).
 * One without a path counts as good while it runs. Fails at once where a process has ended, else at the
 * component's own time limit, with the last probe, the exit code and the last log lines (B15).
 */
export async function waitReady(
  session: Session,
  rollout: Rollout,
  step: Extract<RolloutStep, { kind: "ready" }>,
): Promise<Result<void>> {
  const { clock, signal } = session;
  const party = partyIn(rollout, step.release);
  const known = releaseOf(session, rollout, step.release)?.components ?? [];
  const began = clock.monotonic();
  let waiting: Waiting[] = known
    .filter((component) => step.components.includes(component.name))
    .map((component) => waitingFor(component, step.quick, began));
  for (;;) {
    if (signal.aborted) return fail(abortFailure(session, rollout));
    const seen = await observe(session);
    if (!seen.ok) return seen;
    const components = seen.value.releases[party.release]?.components ?? {};
    const notWell = (one: Waiting): Failure => ({
      kind: "not-healthy",
      component: one.component.name,
      version: party.version,
      waitedMs: clock.monotonic() - began,
      probe: one.probe,
      end: components[one.component.name]?.end ?? null,
      log: (components[one.component.name]?.log ?? []).slice(-20),
    });
    const ended = waiting.find((one) => components[one.component.name]?.state !== "running");
    if (ended) return fail(notWell(ended));
    const due = waiting.filter((one) => one.askAgainAt <= clock.monotonic());
    await Promise.all(due.map((one) => ask(session, party, one, components[one.component.name])));
    waiting = waiting.filter((one) => !isReady(one.readiness, one.component.health, clock.monotonic()));
    if (waiting.length === 0) return ok(undefined);
    const late = waiting.find((one) => clock.monotonic() - began >= one.component.health.withinMs);
    if (late) return fail(notWell(late));
    const soonest = Math.min(...waiting.map((one) => one.askAgainAt - clock.monotonic()));
    await clock.sleep(Math.max(1, Math.min(lookEveryMs, soonest)), signal);
  }
}

function waitingFor(component: ReleaseComponent, quick: boolean, now: number): Waiting {
  const health = quick ? { ...component.health, startup: null, successes: 1, spanMs: 0 } : component.health;
  return {
    component: { ...component, health },
    readiness: notReady,
    started: health.startup === null,
    probe: null,
    askAgainAt: now,
  };
}

async function ask(
  session: Session,
  party: { release: string; version: string },
  one: Waiting,
  seen: ObservedComponent | undefined,
): Promise<void> {
  const { clock, deployment } = session;
  const { name, health } = one.component;
  const path = one.started ? (health.ready ?? health.live) : health.startup;
  one.askAgainAt = clock.monotonic() + health.intervalMs;
  if (path === null) {
    one.readiness = observed(one.readiness, true, clock.monotonic());
    return;
  }
  const request = { method: "GET" as const, path, timeoutMs: health.probeTimeoutMs };
  const answer = await deployment.target.probe(party.release, name, request);
  const url = seen?.port ? `http://localhost:${seen.port}${path}` : path;
  const before = one.probe?.summary;
  one.probe = readProbe(answer, { url, expected: 200, timeoutMs: health.probeTimeoutMs });
  const good = isHealthy(one.probe);
  if (one.started) one.readiness = observed(one.readiness, good, clock.monotonic());
  else one.started = good;
  if (good || one.probe.summary === before) return;
  session.fact({ kind: "waiting-ready", version: party.version, component: name, seen: one.probe.summary });
}
