import type { EnvironmentStatus, LogLine } from "../../deploy/inspect.ts";
import type { Core } from "./core.ts";
import { observe } from "./effects.ts";
import { tailOf } from "./log-file.ts";
import type { Session } from "./session.ts";
import { usageOf } from "./usage.ts";

/** The environment as it is now. */
export async function status(core: Core): Promise<EnvironmentStatus> {
  // First: an observation of a rollout that ends meanwhile must not look as if nobody had made it.
  const { holder } = core.desk;
  const observation = await observe(core);
  const running = Object.entries(observation.releases).flatMap(([release, { components }]) =>
    Object.entries(components).flatMap(([component, { pid }]) =>
      pid === null ? [] : [{ release, component, pid }],
    ),
  );
  const found = await usageOf(running.map(({ pid }) => pid));
  const usage: EnvironmentStatus["usage"] = {};
  for (const { release, component, pid } of running) {
    const used = found.get(pid);
    if (used) usage[release] = { ...usage[release], [component]: used };
  }
  const counted = await core.proxy.statistics();
  return {
    environment: core.name,
    observation,
    counters: counted.ok ? counted.value : {},
    accessories: await core.accessories.status(),
    lease: holder && {
      actor: holder.actor,
      version: holder.version,
      rollout: holder.rollout,
      since: holder.since,
      token: holder.token,
    },
    warm: core.previous,
    warmUntil: core.state.value.warmUntil,
    usage,
    notes: [...core.notes],
  };
}

/** The last lines of the running releases' components, and of the live one, oldest first; then each new one. */
export async function logs(
  core: Core,
  asked: { component: string | null; lines: number; follow: boolean },
  session: Session,
): Promise<LogLine[]> {
  const wanted = (name: string) => asked.component === null || asked.component === name;
  const all: LogLine[] = [];
  for (const run of core.runs.values()) {
    const { id, version, components } = run.release;
    if (!run.running && id !== core.state.value.live) continue;
    await run.flush();
    for (const { name } of components.filter((component) => wanted(component.name))) {
      const lines = await tailOf(core.places.log(id, name), asked.lines);
      all.push(...lines.map((line) => ({ version, component: name, ...line })));
    }
  }
  if (asked.follow) {
    const follower = (line: LogLine) => {
      if (wanted(line.component)) session.log(line);
    };
    core.followers.add(follower);
    session.atEnd(() => void core.followers.delete(follower));
  }
  return all.sort((a, b) => a.at - b.at).slice(-asked.lines);
}
