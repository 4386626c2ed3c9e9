import type { Environment } from "../../config/config.ts";
import { type EnvironmentValues, loadEnvironment } from "../../config/load-environment.ts";
import { resolveSecrets } from "../../config/secrets.ts";
import { tracked } from "../../context/git.ts";
import { makeRelease, type Release } from "../../deploy/release.ts";
import { ok, type Result } from "../../result.ts";
import { Secret } from "../../secret.ts";
import type { Work } from "./work.ts";

export type Prepared = { release: Release; secrets: Record<string, Secret> };

/** The release as a value, and the secrets that travel beside it, resolved now and not before. */
export async function prepare(
  work: Work,
  environment: Environment,
  images: Record<string, string>,
): Promise<Result<Prepared>> {
  const values = await environmentValues(work, environment);
  if (!values.ok) return values;
  const release = releaseWith(work, environment, images, values.value);
  if (!release.ok) return release;
  const secrets = await secretsIn(work, values.value, release.value.secrets);
  return secrets.ok ? ok({ release: release.value, secrets: secrets.value }) : secrets;
}

/** Today's values of secrets by name: of the environment file, and those that are referred to. */
export async function secretsNamed(
  work: Work,
  environment: Environment,
  names: string[],
): Promise<Result<Record<string, Secret>>> {
  const values = await environmentValues(work, environment);
  return values.ok ? secretsIn(work, values.value, names) : values;
}

async function secretsIn(
  { config, root, desk }: Work,
  values: EnvironmentValues,
  names: string[],
): Promise<Result<Record<string, Secret>>> {
  const written = Object.entries(values.secret).map(([name, value]) => [name, new Secret(name, value)]);
  const referenced = names.filter((name) => !Object.hasOwn(values.secret, name));
  const resolved = await resolveSecrets(config.secrets, referenced, {
    environment: desk.variables,
    directory: root,
    processes: desk.processes,
    signal: desk.interruption.signal,
  });
  return resolved.ok ? ok({ ...Object.fromEntries(written), ...resolved.value }) : resolved;
}

/** The release as a value alone: no secret is looked up. */
export async function describeRelease(
  work: Work,
  environment: Environment,
  images: Record<string, string>,
): Promise<Result<Release>> {
  const values = await environmentValues(work, environment);
  return values.ok ? releaseWith(work, environment, images, values.value) : values;
}

const environmentValues = ({ config, root, desk }: Work, environment: Environment) =>
  loadEnvironment(config, environment.name, {
    directory: root,
    tracked: (directory, files) => tracked(directory, files, desk.variables),
  });

const releaseWith = (
  { config, context }: Work,
  environment: Environment,
  images: Record<string, string>,
  values: EnvironmentValues,
): Result<Release> =>
  makeRelease({
    config,
    environment: environment.name,
    context,
    images,
    values: values.plain,
    secrets: Object.keys(values.secret),
  });
