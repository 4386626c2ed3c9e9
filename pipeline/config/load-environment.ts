import { readFile, stat } from "node:fs/promises";
import { isAbsolute, join } from "node:path";
import type { Problem } from "../failure.ts";
import { fail, ok, type Result } from "../result.ts";
import { agreementProblems } from "./agreements.ts";
import type { Config, Environment } from "./config.ts";
import { parseEnvironmentFile } from "./environment-file.ts";
import { type EnvironmentFile, environmentProblems, type LeastLengths } from "./environment-rules.ts";
import { systemFileProblems } from "./load-system-files.ts";
import { isSecret } from "./secret-names.ts";

/** Which of these files git tracks (`tracked` in context/git.ts). */
export type Tracked = (directory: string, files: string[]) => Promise<ReadonlySet<string>>;

/** The variables of an environment file. Those of `secret` are to be kept as secrets. */
export type EnvironmentValues = { plain: Record<string, string>; secret: Record<string, string> };

/** Every problem of the environment files: of all environments, or of the one that is named. */
export async function checkEnvironmentFiles(
  config: Config,
  options: { directory: string; tracked: Tracked; only?: string },
): Promise<Problem[]> {
  const named = Object.values(config.environments).flatMap(({ name, environmentFile }) =>
    environmentFile === null ? [] : [{ environment: name, file: environmentFile }],
  );
  const tracked = await options.tracked(
    options.directory,
    named.map(({ file }) => file),
  );
  const files = await Promise.all(named.map((one) => read(one, options.directory, tracked)));
  const problems = onceEach(environmentProblems(files, leastLengths(config)));
  const further = await Promise.all(
    Object.values(config.environments)
      .filter(({ name }) => options.only === undefined || name === options.only)
      .map((environment) => systemProblems(config, environment, files, options.directory)),
  );
  const own = files.find(({ environment }) => environment === options.only);
  if (options.only === undefined) return [...problems, ...onceEach(further.flat())];
  // All files are compared all the same: a secret shared with another environment is this one's problem too.
  return [...problems.filter(({ file }) => file === own?.file), ...further.flat()];
}

/** The system's own files, and variables that must agree. */
async function systemProblems(
  config: Config,
  { name, files, rules, environment }: Environment,
  read: EnvironmentFile[],
  directory: string,
): Promise<Problem[]> {
  const text = read.find((one) => one.environment === name)?.text ?? "";
  const written = Object.fromEntries(
    parseEnvironmentFile(text).entries.map((entry) => [entry.name, entry.value]),
  );
  const all = [
    written,
    environment,
    ...Object.values(config.components).map((component) => component.environment),
  ];
  const known = (variable: string) => all.find((one) => Object.hasOwn(one, variable))?.[variable];
  return [
    ...(await systemFileProblems(files, directory)),
    ...agreementProblems(rules, known, config.file, `environments.${name}`),
  ];
}

/** A file that two environments share has each of its problems once. */
const onceEach = (problems: Problem[]): Problem[] => [
  ...new Map(problems.map((problem) => [JSON.stringify(problem), problem])).values(),
];

/** The values of one environment's file; empty where it has none. Refused with its problems where it has any. */
export async function loadEnvironment(
  config: Config,
  environment: string,
  options: { directory: string; tracked: Tracked },
): Promise<Result<EnvironmentValues>> {
  const file = config.environments[environment]?.environmentFile ?? null;
  const problems = await checkEnvironmentFiles(config, { ...options, only: environment });
  if (problems.length > 0) return fail({ kind: "config-invalid", file: file ?? config.file, problems });
  if (file === null) return ok({ plain: {}, secret: {} });
  const { text } = await read({ environment, file }, options.directory, new Set());
  const { entries } = parseEnvironmentFile(text ?? "");
  const isHidden = ({ name, value }: { name: string; value: string }) =>
    isSecret(name, value) || Object.hasOwn(config.secrets, name);
  const map = (some: typeof entries) => Object.fromEntries(some.map(({ name, value }) => [name, value]));
  return ok({
    plain: map(entries.filter((entry) => !isHidden(entry))),
    secret: map(entries.filter(isHidden)),
  });
}

async function read(
  { environment, file }: { environment: string; file: string },
  directory: string,
  tracked: ReadonlySet<string>,
): Promise<EnvironmentFile> {
  const path = isAbsolute(file) ? file : join(directory, file);
  const known = { environment, file, tracked: tracked.has(file) };
  try {
    const [text, { mode }] = await Promise.all([readFile(path, "utf8"), stat(path)]);
    return { ...known, text, mode: mode & 0o777 };
  } catch {
    return { ...known, text: null, mode: 0 };
  }
}

const leastLengths = (config: Config): LeastLengths =>
  Object.fromEntries(
    Object.entries(config.secrets)
      .filter(([, { minLength }]) => minLength > 1)
      .map(([name, { minLength }]) => [name, minLength]),
  );
