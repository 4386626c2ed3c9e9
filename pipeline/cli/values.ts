import type { Config, Environment } from "../config/config.ts";
import { references } from "../config/interpolate.ts";
import { type EnvironmentValues, loadEnvironment } from "../config/load-environment.ts";
import { resolveSecret } from "../config/secrets.ts";
import { tracked } from "../context/git.ts";
import type { Processes } from "../io/process.ts";
import { createRedactor } from "../redact.ts";
import { fail, ok, type Result } from "../result.ts";

export type ValueSources = {
  config: Config;
  environment: Environment;
  /** What `${version}` stands for; null: it is left. */
  version: string | null;
  root: string;
  variables: Record<string, string | undefined>;
  processes: Processes;
};

/** What `${NAME}` stands for in checks and gates. Every secret that was looked up is hidden by `redact`. */
export interface Values {
  /** A value by its name: undefined where nothing has that name. A failure is one sentence. */
  find(name: string): Promise<Result<string | undefined, string>>;
  /** Text with all that is known filled in; references to accessories stay for who knows their addresses. */
  fill(text: string): Promise<Result<string, string>>;
  redact(line: string): string;
}

/** Looks among secrets, then the environment's variables and file, then the components' variables. */
export function valuesOf(sources: ValueSources): Values {
  const { config, environment, version, root, variables, processes } = sources;
  const redactor = createRedactor();
  let file: Promise<Result<EnvironmentValues>> | null = null;
  const fromFile = () => {
    file ??= loadEnvironment(config, environment.name, {
      directory: root,
      tracked: (directory, files) => tracked(directory, files, variables),
    });
    return file;
  };

  const find = async (name: string): Promise<Result<string | undefined, string>> => {
    if (name === "version" && version !== null) return ok(version);
    const reference = Object.hasOwn(config.secrets, name) ? config.secrets[name] : undefined;
    if (reference !== undefined) {
      const secret = await resolveSecret(name, reference, {
        environment: variables,
        directory: root,
        processes,
      });
      if (!secret.ok) return fail(unresolved(name, secret.failure));
      redactor.add(secret.value);
      redactor.addUrl(secret.value.reveal());
      return ok(secret.value.reveal());
    }
    const read = await fromFile();
    if (!read.ok) return fail(`${environment.environmentFile} has problems`);
    const { plain, secret } = read.value;
    const hidden = Object.hasOwn(secret, name) ? secret[name] : undefined;
    if (hidden !== undefined) {
      redactor.add(hidden);
      redactor.addUrl(hidden);
      return ok(hidden);
    }
    const places = [
      plain,
      environment.environment,
      ...Object.values(config.components).map((component) => component.environment),
    ];
    return ok(places.find((place) => Object.hasOwn(place, name))?.[name]);
  };

  const fill = async (text: string): Promise<Result<string, string>> => {
    let filled = text;
    for (const name of new Set(references(text))) {
      const value = await find(name);
      if (!value.ok) return value;
      if (value.value !== undefined) filled = filled.replaceAll(`\${${name}}`, value.value);
      else if (!name.startsWith("accessories.")) return fail(`\${${name}} has no value`);
    }
    return ok(filled);
  };

  return { find, fill, redact: (line) => redactor.line(line) };
}

const unresolved = (name: string, failure: { kind: string; reason?: string }): string =>
  `the secret ${name} could not be had: ${failure.reason ?? failure.kind}`;
