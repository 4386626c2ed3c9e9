import type { LocalTarget } from "../../config/config.ts";
import type { Clock } from "../../io/clock.ts";
import { markVariable } from "../../io/mark.ts";
import { fail, ok, type Result } from "../../result.ts";
import { connectLocal, type LocalDeployment } from "../../targets/local/client.ts";
import { ensureDaemon, type LaunchOptions } from "../../targets/local/launch.ts";
import { readJournals, readLocal } from "../../targets/local/read.ts";
import { layoutOf } from "../images/work.ts";
import { toolVersion } from "../tool-version.ts";
import type { Reach, Reached, ReachPlace, Standing } from "./way.ts";

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

/** A local environment: its daemon where one runs, and its files. */
export function reachLocally(
  { config, environment, root, state, desk }: ReachPlace,
  target: LocalTarget,
): Reach {
  const { name } = environment;
  const place: LocalPlace = { root, state, clock: desk.clock, variables: desk.variables };
  const address = { state, environment: name, tool: toolVersion };
  const started = async (): Promise<Result<Reached>> => {
    const opened = await ensureDaemon(daemonLaunch(place, name, false));
    return opened.ok ? ok(reached(opened.value)) : opened;
  };
  const running = async (): Promise<Result<Reached | null>> => {
    const opened = await connectLocal(address);
    if (opened.ok) return ok(reached(opened.value));
    return opened.failure.kind === "target-unreachable" ? ok(null) : opened;
  };
  const record = () => readLocal(state, name);
  return {
    any: started,
    running,
    record,
    journals: async () => ok(await readJournals(state, name)),

    // Whoever gets its lease tells the daemon what it needs: before that, another rollout may be under way with a
    // configuration of its own (B5, B30).
    open: async () => {
      const opened = await ensureDaemon(daemonLaunch(place, name, false));
      if (!opened.ok) return opened;
      const { store, configure } = opened.value;
      const acquire: typeof store.acquire = async (request) => {
        const lease = await store.acquire(request);
        if (!lease.ok) return lease;
        const configured = await configure({
          port: target.port,
          router: target.router,
          accessories: Object.values(environment.accessories),
          layouts: Object.fromEntries(
            Object.keys(config.images).map((image) => [image, layoutOf(state, image)]),
          ),
        });
        if (configured.ok) return lease;
        await store.release();
        return configured;
      };
      return ok({ ...reached(opened.value), store: { ...store, acquire } });
    },

    existing: async () => {
      const found = await running();
      if (!found.ok) return found;
      if (found.value !== null) return ok(found.value);
      const known = await record();
      if (!known.ok) return known;
      if (known.value === null || known.value.live === null)
        return fail({ kind: "nothing-live", environment: name });
      return started();
    },

    standing: async (): Promise<Result<Standing>> => {
      const known = await record();
      if (!known.ok) return known;
      const found = await running();
      if (!found.ok) return found;
      if (found.value === null) return ok({ record: known.value, status: null });
      const status = await found.value.inspect.status();
      await found.value.close();
      return status.ok ? ok({ record: known.value, status: status.value }) : status;
    },
  };
}

const reached = (opened: LocalDeployment): Reached => ({ ...opened, shutdown: opened.inspect.shutdown });
