import type { Config, Environment } from "../config/config.ts";
import { checkEnvironmentFiles } from "../config/load-environment.ts";
import { tracked } from "../context/git.ts";
import { exitCode, type Failure } from "../failure.ts";
import { fail, ok, type Result } from "../result.ts";
import type { Settings } from "./settings.ts";
import { environmentOf, readConfig } from "./subject.ts";
import { answer, say, tellFailure } from "./terminal.ts";

/** Every problem of the configuration and, where that can be read, of the environment files, at once. */
export async function validate(settings: Settings, environment: string | null): Promise<number> {
  const checked = await check(settings, environment);
  if (!checked.ok) {
    if (settings.json) answer({ valid: false, failure: checked.failure });
    tellFailure(checked.failure);
    return exitCode(checked.failure);
  }
  if (settings.json) answer({ valid: true });
  say(settings.json, [
    `${settings.config} is valid${environment === null ? "" : `, and so is ${environment}`}`,
  ]);
  return 0;
}

async function check(settings: Settings, environment: string | null): Promise<Result<void, Failure>> {
  const config = await readConfig(settings);
  if (!config.ok) return config;
  if (environment !== null) {
    const known = environmentOf(config.value, environment);
    if (!known.ok) return known;
  }
  const problems = await checkEnvironmentFiles(config.value, {
    directory: settings.root,
    tracked: (directory, files) => tracked(directory, files, process.env),
    ...(environment === null ? {} : { only: environment }),
  });
  if (problems.length > 0) return fail({ kind: "config-invalid", file: settings.config, problems });
  const named = environment === null ? undefined : config.value.environments[environment];
  return named === undefined || named.reach.length === 0
    ? ok(undefined)
    : await reachServices(settings, config.value, named);
}

/** What the environment's releases need is asked for from where they run; only where the environment is named. */
async function reachServices(
  { root, state }: Settings,
  config: Config,
  environment: Environment,
): Promise<Result<void>> {
  const [{ openDesk }, { reach }, { servicesAreReached }] = await Promise.all([
    import("./desk.ts"),
    import("./reach/reach.ts"),
    import("./effects/services.ts"),
  ]);
  const desk = openDesk();
  try {
    const { variables, processes } = desk;
    const opened = await (await reach({ config, environment, root, state, desk })).running();
    if (!opened.ok) return opened;
    const sources = { config, environment, root, variables, processes };
    const found = await servicesAreReached(sources, opened.value ?? {});
    await opened.value?.close();
    return found;
  } finally {
    await desk.close();
  }
}
