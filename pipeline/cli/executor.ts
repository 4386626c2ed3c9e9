import type { Config } from "../config/config.ts";
import { resolveSecret } from "../config/secrets.ts";
import { createHostExecutor, type HostExecutor } from "../executors/host/executor.ts";
import type { Plan } from "../plan/plan.ts";
import { ok, type Result } from "../result.ts";
import type { Executor } from "../run/executor.ts";
import type { Desk } from "./desk.ts";
import type { Settings } from "./settings.ts";

/** The executor that was asked for; Dagger's loads its SDK only then. */
export async function openExecutor(
  settings: Settings,
  config: Config,
  plan: Plan,
  desk: Desk,
): Promise<Result<Executor>> {
  if (settings.executor === "dagger") {
    const { openDagger } = await import("./dagger.ts");
    return openDagger(settings, config, plan, desk);
  }
  return ok(openHost(settings, config, desk));
}

/** The executor of this machine. */
export function openHost(settings: Settings, config: Config, desk: Desk): HostExecutor {
  return createHostExecutor({
    root: settings.root,
    state: settings.state,
    clock: desk.clock,
    processes: desk.processes,
    servers: desk.servers,
    http: desk.http,
    secrets: (name) => {
      const reference = config.secrets[name];
      if (reference === undefined) throw new Error(`secret ${name} is not in the config`);
      return resolveSecret(name, reference, {
        environment: desk.variables,
        directory: settings.root,
        processes: desk.processes,
      });
    },
    environment: desk.variables,
    program: [process.execPath, process.argv[1] ?? ""],
    cache: settings.cache,
  });
}
