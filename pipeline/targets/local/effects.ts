import { argvOf } from "../../config/command.ts";
import type { Command } from "../../config/config.ts";
import type { Release } from "../../deploy/release.ts";
import type { Executed, Observation, ProbeRequest, Retire } from "../../deploy/target.ts";
import type { Failure } from "../../failure.ts";
import type { HttpAnswer } from "../../io/http.ts";
import { fail, ok, type Result } from "../../result.ts";
import { type Core, placedRun, processSpec, route, runOf, urlOf } from "./core.ts";
import { supportsLimits } from "./resource-limits.ts";

/** Whether the caller still holds the lease; asked again after every wait. */
type Still = () => boolean;

/** SIGTERM to SIGKILL (ms) of processes that run changed files. */
const alteredGraceMs = 5_000;

const targetFailed = (action: string, reason: string) =>
  fail({ kind: "target-failed" as const, action, reason });

/** Target.supports: tried with what the components will see. */
export function supports(core: Core, release: Release): Promise<Result<void>> {
  const { processes } = core.parts;
  return supportsLimits(release, { processes, path: core.inherited.PATH ?? "" });
}

/** Target.place, with the accessories: what cannot be had is said before anything runs. */
export async function place(
  core: Core,
  release: Release,
  secrets: Record<string, string>,
): Promise<Result<void>> {
  for (const value of Object.values(secrets)) core.redactor.add(value);
  const held = await supports(core, release);
  if (!held.ok) return held;
  const { accessories, layouts } = core.state.value;
  const ready = await core.accessories.ensure(accessories);
  if (!ready.ok) return ready;
  await clearAltered(core, release.id);
  return await core.shelf.place(release, layouts, secrets);
}

/** What runs of a release that somebody changed ends before it is placed anew, unless it serves. */
async function clearAltered(core: Core, id: string): Promise<void> {
  const run = core.runs.get(id);
  if (!run?.running || (await core.shelf.changed(id)).length === 0) return;
  if (((await core.proxy.weights())[id] ?? 0) > 0) return;
  await run.stop(alteredGraceMs);
}

/** Target.execute; killed when the lease is lost. */
export async function execute(
  core: Core,
  asked: { release: string; component: string; command: Command; timeoutMs: number },
  signal: AbortSignal,
): Promise<Result<Executed>> {
  const placed = await core.shelf.read(asked.release);
  if (!placed.ok) return placed;
  const component = placed.value?.release.components.find((one) => one.name === asked.component);
  if (!placed.value || !component) return targetFailed("execute", `${asked.component} is not placed`);
  const run = await placedRun(core, asked.release, "execute");
  const prepared = run.ok ? await run.value.prepared(asked.component) : run;
  if (!prepared.ok) return prepared;
  const spec = await processSpec(core, placed.value, component, prepared.value.port);
  if (!spec.ok) return spec;
  const log: string[] = [];
  const { command } = asked;
  const ended = await core.parts.processes.run(
    {
      ...spec.value,
      argv: argvOf(command),
      output: (_stream, line) => {
        const shown = core.redactor.line(line);
        log.push(shown);
        if (log.length > 50) log.shift();
        prepared.value.log.write({ at: core.parts.clock.now(), line: shown });
      },
    },
    { timeoutMs: asked.timeoutMs, graceMs: 2_000, signal },
  );
  if (!ended.ok) return targetFailed("execute", ended.failure);
  const { exitCode, signal: by, timedOut } = ended.value;
  return ok({ end: { exitCode, signal: by }, timedOut, log });
}

/** Target.start. */
export async function start(core: Core, id: string, component: string, still: Still): Promise<Result<void>> {
  const run = await placedRun(core, id, "start");
  if (!run.ok) return run;
  if (!run.value.running || core.clearing.has(id)) core.touched.add(id);
  const started = await run.value.start(component);
  if (!started.ok) return started;
  if (still()) route(core, run.value.release, component, started.value.port);
  return ok(undefined);
}

/** Target.stop. */
export async function stop(core: Core, id: string, graceMs: number): Promise<Result<void>> {
  await core.runs.get(id)?.stop(graceMs);
  return ok(undefined);
}

/** Target.probe. */
export async function probe(
  core: Core,
  id: string,
  name: string,
  request: ProbeRequest,
): Promise<HttpAnswer> {
  const component = core.runs.get(id)?.component(name);
  if (!component?.running || component.port === null) {
    return { kind: "none", reason: "refused", message: `${name} does not run`, ms: 0 };
  }
  const { path, ...rest } = request;
  return await core.parts.http.send({ url: `http://127.0.0.1:${component.port}${path}`, ...rest });
}

/** Target.observe. */
export async function observe(core: Core): Promise<Observation> {
  const releases: Observation["releases"] = {};
  for (const release of await core.shelf.list()) {
    const run = await runOf(core, release.id);
    const secrets = (await core.shelf.record(release.id))?.secrets;
    if (run.ok && run.value)
      releases[release.id] = { ...run.value.observe(), ...(secrets ? { secrets } : {}) };
  }
  const weights = Object.entries(await core.proxy.weights()).filter(([, weight]) => weight > 0);
  return {
    releases,
    weights: Object.fromEntries(weights),
    live: core.state.value.live,
    url: urlOf(core.port),
  };
}

/** Router.shift. */
export async function shift(core: Core, weights: Record<string, number>): Promise<Result<void>> {
  const shares = Object.entries(weights);
  const sum = shares.reduce((total, [, weight]) => total + weight, 0);
  const sound =
    shares.every(([, weight]) => weight >= 0) && (shares.length === 0 || Math.abs(sum - 100) < 1e-6);
  if (!sound) return targetFailed("shift", `weights ${JSON.stringify(weights)} are not shares of 100`);
  const dead = shares.find(([id, weight]) => weight > 0 && !core.runs.get(id)?.serving);
  if (dead) return targetFailed("shift", `release ${dead[0].slice(0, 12)} does not run`);
  const shifted = await core.proxy.shift(weights);
  return shifted.ok ? shifted : targetFailed("shift", shifted.failure);
}

/** Router.drain. */
export async function drain(core: Core, id: string, timeoutMs: number) {
  const weight = (await core.proxy.weights())[id] ?? 0;
  if (weight > 0)
    return targetFailed("drain", `release ${id.slice(0, 12)} still gets ${weight} % of the traffic`);
  return ok(await core.proxy.drain(id, timeoutMs));
}

/** Store.commit: from here on a restart or a dead engine leaves this release serving. */
export async function commit(
  core: Core,
  id: string,
  retire: Retire,
  refusal: () => Failure | null,
): Promise<Result<void>> {
  const run = await placedRun(core, id, "commit");
  if (!run.ok) return run;
  const refused = refusal();
  if (refused) return fail(refused);
  const { live } = core.state.value;
  if (live !== id) core.previous = live;
  await core.state.change({ live: id, retire, stopped: false });
  core.touched.delete(id);
  await run.value.tend();
  return ok(undefined);
}

/** Store.prune: what is kept, live or running stays. */
export async function prune(
  core: Core,
  keep: string[],
  refusal: () => Failure | null,
): Promise<Result<void>> {
  for (const { id } of await core.shelf.list()) {
    const refused = refusal();
    if (refused) return fail(refused);
    const run = core.runs.get(id);
    if (keep.includes(id) || id === core.state.value.live || run?.running) continue;
    await run?.flush();
    core.runs.delete(id);
    core.proxy.forget(id);
    await core.shelf.remove(id);
  }
  await core.shelf.forget();
  return ok(undefined);
}
