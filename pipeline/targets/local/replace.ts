import { answersReady } from "../../deploy/answers-ready.ts";
import { history } from "../../deploy/history.ts";
import { type ReleaseComponent, waves } from "../../deploy/release.ts";
import { fail, ok, type Result } from "../../result.ts";
import type { SupervisedComponent } from "./component.ts";
import { type Core, sendTraffic } from "./core.ts";
import { defaultDrainMs, defaultGraceMs } from "./fallback.ts";
import type { ReleaseRun } from "./release-run.ts";

/**
 * Whether a component, or all of them (null), can be restarted without a moment in which nobody serves: the one that
 * takes the traffic is among them and runs, and its release came by a strategy under which two processes of a
 * component may run at the same time.
 */
export function mayRunTwice(core: Core, run: ReleaseRun, component: string | null): boolean {
  const { front, release } = run;
  if (front === null || (component !== null && front.name !== component) || !run.serving) return false;
  const brought = history(core.journal.entries).filter(
    (one) => one.release === release.id && (one.committed || one.outcome === "completed"),
  );
  return brought.at(-1)?.strategy !== "recreate";
}

/**
 * Restarts the component that takes the traffic, and with `only` null all others, too: new processes beside the old
 * ones, in the order of a start, and when all are ready the traffic moves to them, what the old ones have under way
 * ends, and they are stopped. Where one does not become ready, all new ones go again.
 */
export async function replace(core: Core, run: ReleaseRun, only: string | null): Promise<Result<void>> {
  const { front, release } = run;
  const order = waves(release.components).map((wave) =>
    wave.filter((name) => only === null || name === only),
  );
  const fresh = new Map<string, SupervisedComponent>();
  for (const wave of order) {
    const started = await Promise.all(wave.map((name) => startBeside(core, run, name, fresh)));
    const failed = started.find((one) => !one.ok);
    if (failed) {
      await stopInOrder(order, fresh);
      return failed;
    }
  }
  const old = new Map(order.flat().flatMap((name) => entry(name, run.component(name))));
  for (const [name, component] of fresh) run.put(name, component);
  const port = fresh.get(front?.name ?? "")?.port ?? null;
  if (port !== null) {
    await core.proxy.move(release.id, port, core.state.value.retire?.drainMs ?? defaultDrainMs);
    if ((await core.proxy.weights())[release.id] !== 100) await sendTraffic(core, { [release.id]: 100 });
  }
  await stopInOrder(order, old);
  return ok(undefined);
}

/** Starts a second process of a component and waits until it is ready; it is among `fresh` also where it fails. */
async function startBeside(
  core: Core,
  run: ReleaseRun,
  name: string,
  fresh: Map<string, SupervisedComponent>,
): Promise<Result<void>> {
  const began = core.parts.clock.now();
  const made = await run.beside(name);
  if (!made.ok) return made;
  fresh.set(name, made.value);
  const component = run.release.components.find((one) => one.name === name);
  if (!component || (await isReady(core, component, made.value))) return ok(undefined);
  const { end, log } = made.value.observe();
  return fail({
    kind: "not-healthy",
    component: name,
    version: run.release.version,
    waitedMs: core.parts.clock.now() - began,
    probe: null,
    end,
    log,
  });
}

/** What does not listen is as ready as it will be while it runs. */
async function isReady(
  core: Core,
  { health }: ReleaseComponent,
  { port, running }: SupervisedComponent,
): Promise<boolean> {
  return port === null ? running : await answersReady(core.parts, health, port, core.ending.signal);
}

/** Those that others need last. */
async function stopInOrder(order: string[][], components: Map<string, SupervisedComponent>): Promise<void> {
  for (const wave of [...order].reverse()) {
    await Promise.all(wave.map((name) => components.get(name)?.stop(defaultGraceMs)));
  }
}

const entry = (name: string, component: SupervisedComponent | undefined): [string, SupervisedComponent][] =>
  component ? [[name, component]] : [];
