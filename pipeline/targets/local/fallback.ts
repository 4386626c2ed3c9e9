import { unfinished } from "../../deploy/history.ts";
import type { Retire } from "../../deploy/target.ts";
import type { Core } from "./core.ts";
import { exclusively, placedRun, sendTraffic, versionOf, writeDown } from "./core.ts";
import type { Holder } from "./lease.ts";
import { startInOrder } from "./readiness.ts";
import type { ReleaseRun } from "./release-run.ts";
import type { LocalState } from "./state.ts";

/** Time (ms) that a process gets between SIGTERM and SIGKILL when nobody says otherwise. */
export const defaultGraceMs = 5_000;
/** Time (ms) that requests under way get when no rollout has said otherwise. */
export const defaultDrainMs = 10_000;

type Lost = NonNullable<LocalState["lost"]>;

/**
 * The dead man's switch: the engine's connection ended without a word, or it gave no sign of life for too long.
 * Traffic returns to the live release at once, then the loss is journalled and what the engine had started is
 * drained and stopped.
 */
export function engineLost(core: Core, by: Holder, reason: string): Promise<void> {
  if (!core.desk.isIts(by) || core.ending.signal.aborted) return Promise.resolve();
  const { live } = core.state.value;
  const exclusive = unfinished(core.journal.entries)?.strategy === "recreate";
  if (live === null) void sendTraffic(core, {});
  else if (core.runs.get(live)?.serving) void sendTraffic(core, { [live]: 100 });
  else if (exclusive) void sendTraffic(core, {});
  const abandoned = core.desk.abandon(by);
  by.lose();
  return exclusively(core, async () => {
    const lost = await abandoned;
    await Promise.allSettled(core.underway);
    if (lost) await record(core, lost, reason);
    const others = [...core.touched].filter((id) => id !== live);
    core.touched.clear();
    // With recreate two releases never run at the same time.
    if (exclusive) await clear(core, others);
    if (live !== null && !core.runs.get(live)?.serving) await serveLive(core);
    if (!exclusive) clear(core, others).catch((error: unknown) => void core.notes.push(String(error)));
    arrangeRetirement(core);
  });
}

/** An unfinished rollout found at a start: its engine ended with the daemon before this one. */
export async function findLost(core: Core): Promise<void> {
  const { holder } = core.state.value;
  const open = unfinished(core.journal.entries);
  const recorded = (rollout: string) =>
    core.journal.entries.some(({ fact }) => fact.kind === "engine-lost" && fact.rollout === rollout);
  if (holder && (open?.rollout !== holder.rollout || recorded(holder.rollout))) {
    // It had written nothing, or its end; or the loss is known already.
    const lost = open ? { lost: holder } : {};
    await core.state.change({ holder: null, ...lost });
    return;
  }
  if (!open || recorded(open.rollout)) return;
  const { rollout, version, actor } = open;
  const lost = holder ?? { rollout, version, actor, since: new Date(open.beganAt).toISOString() };
  await record(core, lost, "the daemon ended while it went on");
  await core.state.change({ holder: null, lost });
}

async function record(core: Core, lost: Lost, reason: string): Promise<void> {
  const { live } = core.state.value;
  await writeDown(core, { kind: "engine-lost", ...lost, live, reason });
}

/** Starts the live release where it does not run, waits until it is ready, and sends it all traffic. */
export async function serveLive(core: Core): Promise<void> {
  const { live } = core.state.value;
  if (live === null) return;
  const run = await placedRun(core, live, "start");
  const started = run.ok ? await startInOrder(core, run.value) : run;
  if (!started.ok) {
    const failure = started.failure;
    core.notes.push(
      `the live release could not be started: ${"reason" in failure ? failure.reason : failure.kind}`,
    );
    return;
  }
  await sendTraffic(core, { [live]: 100 });
}

async function clear(core: Core, releases: string[]): Promise<void> {
  const drainMs = core.state.value.retire?.drainMs ?? defaultDrainMs;
  for (const id of releases) core.clearing.add(id);
  await Promise.all(
    releases.map(async (id) => {
      await core.proxy.drain(id, drainMs);
      core.clearing.delete(id);
      // A new lease may have taken it up again meanwhile.
      if (!core.touched.has(id)) await core.runs.get(id)?.stop(defaultGraceMs);
    }),
  );
}

/**
 * At the end of a lease: the release that was live before stays ready for the warm window, every other one that runs
 * for nothing is retired at once.
 */
export function arrangeRetirement(core: Core): void {
  core.retirement.abort();
  const window = new AbortController();
  core.retirement = window;
  const { retire } = core.state.value;
  if (retire === null) return;
  const idle = idleIn(core);
  const warm = idle.find((run) => run.release.id === core.previous);
  const others = idle.filter((run) => run !== warm);
  const retired = async () => {
    await Promise.all([
      ...others.map((run) => retireOne(core, run, retire.drainMs)),
      ...(warm ? [retireLater(core, warm, retire, window.signal)] : []),
    ]);
  };
  retired().catch((error: unknown) => void core.notes.push(`retiring failed: ${String(error)}`));
}

async function retireLater(
  core: Core,
  run: ReleaseRun,
  { warmMs, drainMs }: Retire,
  window: AbortSignal,
): Promise<void> {
  const { clock } = core.parts;
  await core.state.change({ warmUntil: clock.now() + warmMs });
  await clock.sleep(warmMs, window);
  if (window.aborted || core.desk.holder) return;
  await retireOne(core, run, drainMs);
  await core.state.change({ warmUntil: null });
}

const idleIn = (core: Core): ReleaseRun[] =>
  [...core.runs.values()].filter(({ running, release: { id } }) => {
    const wanted = id === core.state.value.live || core.touched.has(id) || core.clearing.has(id);
    return running && !wanted;
  });

/** What has traffic is not touched, whoever sent it there; a new lease gets what it finds whole (see `acquire`). */
async function retireOne(core: Core, run: ReleaseRun, drainMs: number): Promise<void> {
  const { id } = run.release;
  if (((await core.proxy.weights())[id] ?? 0) > 0) return;
  const { leftOpen } = await core.proxy.drain(id, drainMs);
  await exclusively(core, async () => {
    const wanted = core.desk.holder !== null || core.state.value.live === id || core.ending.signal.aborted;
    if (wanted || !run.running) return;
    await run.stop(defaultGraceMs);
    await writeDown(core, { kind: "retired", version: versionOf(core, id), release: id, leftOpen });
  });
}
