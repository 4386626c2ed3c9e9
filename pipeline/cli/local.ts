import type { Config, Environment } from "../config/config.ts";
import type { Clock } from "../io/clock.ts";
import { markVariable } from "../io/mark.ts";
import { fail, ok, type Result } from "../result.ts";
import { connectLocal, type LocalDeployment } from "../targets/local/client.ts";
import { ensureDaemon, type LaunchOptions } from "../targets/local/launch.ts";
import { readLocal } from "../targets/local/read.ts";
import { layoutOf } from "./images/work.ts";
import { toolVersion } from "./tool-version.ts";

export type LocalPlace = {
  root: string;
  state: string;
  clock: Clock;
  variables: Record<string, string | undefined>;
  /** The program that runs the daemon; by default the one that runs. */
  program?: string;
};

/** How the daemon of a local environment is started: this very program, with nothing of ours that would end it. */
export function daemonLaunch(place: LocalPlace, environment: string, tied: boolean): LaunchOptions {
  const { root, state, clock } = place;
  const program = place.program ?? process.argv[1] ?? "";
  const own = ["-C", root, "--state", state, "daemon", environment];
  return {
    state,
    environment,
    tool: toolVersion,
    clock,
    tied,
    command: [process.execPath, program, ...own, ...(tied ? ["--tied"] : [])],
    // Our own mark would make the watcher of whoever started us end the daemon, too.
    variables: Object.fromEntries(
      Object.entries(place.variables).flatMap(([name, value]) =>
        value === undefined || name === markVariable ? [] : [[name, value]],
      ),
    ),
  };
}

/**
 * A connection to an environment's daemon as it was configured before. It is started where none runs, but not for
 * an environment in which nothing is live: there is nothing to do there.
 */
export async function reachLocal(place: LocalPlace, environment: string): Promise<Result<LocalDeployment>> {
  const running = await connectLocal({ state: place.state, environment, tool: toolVersion });
  if (running.ok || running.failure.kind !== "target-unreachable") return running;
  const record = await readLocal(place.state, environment);
  if (!record.ok) return record;
  if (record.value === null || record.value.live === null) return fail({ kind: "nothing-live", environment });
  return ensureDaemon(daemonLaunch(place, environment, false));
}

/**
 * A connection to an environment's daemon, which is started where none runs. Whoever gets its lease by it tells it
 * what it needs: before that, another rollout may be under way with a configuration of its own (B5, B30).
 */
export async function openLocal(
  place: LocalPlace,
  config: Config,
  environment: Environment,
): Promise<Result<LocalDeployment>> {
  const opened = await ensureDaemon(daemonLaunch(place, environment.name, false));
  if (!opened.ok) return opened;
  const { store, configure } = opened.value;
  const acquire: typeof store.acquire = async (request) => {
    const lease = await store.acquire(request);
    if (!lease.ok) return lease;
    const configured = await configure({
      port: environment.target.port,
      router: environment.target.router,
      accessories: Object.values(environment.accessories),
      layouts: Object.fromEntries(
        Object.keys(config.images).map((image) => [image, layoutOf(place.state, image)]),
      ),
    });
    if (configured.ok) return lease;
    await store.release();
    return configured;
  };
  return ok({ ...opened.value, store: { ...store, acquire } });
}
