import type { Config, Environment } from "../config/config.ts";
import { loadConfig } from "../config/load.ts";
import type { Context } from "../context/context.ts";
import { readContext } from "../context/git.ts";
import { systemClock } from "../io/clock.ts";
import { unknownName } from "../plan/select.ts";
import { fail, ok, type Result } from "../result.ts";
import type { Settings } from "./settings.ts";
import { toolVersion } from "./tool-version.ts";

/** What a command is about: the configuration, and why and where we run. */
export type Subject = { config: Config; context: Context };

export const readConfig = ({ root, config, state }: Settings): Promise<Result<Config>> =>
  loadConfig({ directory: root, file: config, state, tool: toolVersion });

/** Both are read at the same time; a problem of the configuration is told first. */
export async function readSubject(
  settings: Settings,
  reading: Promise<Result<Config>> = readConfig(settings),
): Promise<Result<Subject>> {
  const { root, event, ref } = settings;
  const [config, context] = await Promise.all([
    reading,
    readContext({
      directory: root,
      clock: systemClock,
      environment: process.env,
      ...(event === undefined ? {} : { event }),
      ...(ref === undefined ? {} : { ref }),
    }),
  ]);
  if (!config.ok) return config;
  return context.ok ? ok({ config: config.value, context: context.value }) : context;
}

/** What a command about one environment is about. */
export async function readEnvironment(
  settings: Settings,
  name: string,
): Promise<Result<Subject & { environment: Environment }>> {
  const subject = await readSubject(settings);
  if (!subject.ok) return subject;
  const environment = environmentOf(subject.value.config, name);
  return environment.ok ? ok({ ...subject.value, environment: environment.value }) : environment;
}

/** An environment of the configuration, or the failure that names the nearest one. */
export function environmentOf(config: Config, name: string): Result<Environment> {
  const found = config.environments[name];
  return found ? ok(found) : fail(unknownName("environment", name, Object.keys(config.environments)));
}
