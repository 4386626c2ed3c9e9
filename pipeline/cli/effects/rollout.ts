import { ApprovalRecords } from "../../approvals/records.ts";
import type { Environment } from "../../config/config.ts";
import { loadEnvironment } from "../../config/load-environment.ts";
import { resolveSecrets } from "../../config/secrets.ts";
import { tracked } from "../../context/git.ts";
import { type Deployed, deploy, type EngineRequest, rollback } from "../../deploy/engine.ts";
import { makeRelease, type Release } from "../../deploy/release.ts";
import { triggersOn } from "../../plan/triggers.ts";
import { ok, type Result } from "../../result.ts";
import type { EffectDone, EffectOptions, RunFacts } from "../../run/executor.ts";
import { Secret } from "../../secret.ts";
import type { LocalDeployment } from "../../targets/local/client.ts";
import { type LocalPlace, openLocal, reachLocal } from "../local.ts";
import { environmentOf } from "../subject.ts";
import { toolVersion } from "../tool-version.ts";
import { digestsFor } from "./digests.ts";
import { hasSeen, promotion } from "./promotion.ts";
import type { Work } from "./work.ts";

/** One rollout of this run's digests, or a reason why the environment has them already. */
export async function rollOut(
  work: Work,
  name: string,
  facts: RunFacts,
  options: EffectOptions,
): Promise<Result<EffectDone>> {
  const environment = environmentOf(work.config, name);
  if (!environment.ok) return environment;
  const images = await digestsFor(work, facts);
  if (!images.ok) return images;
  const digests = Object.values(images.value);
  // An environment that is due only because the next one promotes from it has nothing to do twice.
  if (work.context.event === "release" && !triggersOn(environment.value.on, work.context)) {
    const seen = await hasSeen(work, name, digests);
    if (!seen.ok) return seen;
    if (seen.value) return ok({ skipped: `${name} has completed these digests already`, notes: [] });
  }
  const promoted = await promotion(work, environment.value, digests);
  if (!promoted.ok) return promoted;
  const prepared = await prepare(work, environment.value, images.value);
  if (!prepared.ok) return prepared;
  const { release, secrets } = prepared.value;
  const records = new ApprovalRecords(work.state, name);
  const approvals = await records.all();
  if (!approvals.ok) return approvals;
  const opened = await openLocal(placeOf(work), work.config, environment.value);
  const done = await withEngine(work, environment.value, options, opened, (engine) =>
    deploy({ ...engine, release, secrets, approvals: approvals.value }),
  );
  if (done.ok) await records.settle(release.version);
  return done;
}

/** Back to an older release of the environment. */
export async function rollBack(
  work: Work,
  name: string,
  to: string | null,
  options: EffectOptions,
): Promise<Result<EffectDone>> {
  const environment = environmentOf(work.config, name);
  if (!environment.ok) return environment;
  // Nothing is configured: that is refused while a deploy goes on, and this one makes it give way (B5).
  const opened = await reachLocal(placeOf(work), name);
  return withEngine(work, environment.value, options, opened, (engine) =>
    rollback({ ...engine, to, secrets: {}, approvals: [] }),
  );
}

type Prepared = { release: Release; secrets: Record<string, Secret> };

/** The release as a value, and the secrets that travel beside it, resolved now and not before. */
async function prepare(
  work: Work,
  environment: Environment,
  images: Record<string, string>,
): Promise<Result<Prepared>> {
  const { config, context, root, desk } = work;
  const values = await loadEnvironment(config, environment.name, {
    directory: root,
    tracked: (directory, files) => tracked(directory, files, desk.variables),
  });
  if (!values.ok) return values;
  const release = makeRelease({
    config,
    environment: environment.name,
    context,
    images,
    values: values.value.plain,
    secrets: Object.keys(values.value.secret),
  });
  if (!release.ok) return release;
  const written = Object.entries(values.value.secret).map(([name, value]) => [name, new Secret(name, value)]);
  const referenced = release.value.secrets.filter((name) => !Object.hasOwn(values.value.secret, name));
  const resolved = await resolveSecrets(config.secrets, referenced, {
    environment: desk.variables,
    directory: root,
    processes: desk.processes,
    signal: desk.interruption.signal,
  });
  if (!resolved.ok) return resolved;
  return ok({ release: release.value, secrets: { ...Object.fromEntries(written), ...resolved.value } });
}

const placeOf = ({ root, state, desk: { clock, variables } }: Work): LocalPlace => ({
  root,
  state,
  clock,
  variables,
});

/** Lets the engine work on the environment, and closes the connection whatever happened. */
async function withEngine(
  work: Work,
  environment: Environment,
  { signal, fact }: EffectOptions,
  opened: Result<LocalDeployment>,
  use: (engine: Omit<EngineRequest, "secrets" | "approvals">) => Promise<Result<Deployed>>,
): Promise<Result<EffectDone>> {
  if (!opened.ok) return opened;
  const { context, desk } = work;
  try {
    const engine = { deployment: opened.value, environment, actor: context.actor, tool: toolVersion };
    const done = await use({ ...engine, clock: desk.clock, signal, fact });
    return done.ok ? ok({ skipped: null, notes: done.value.notes, url: done.value.url }) : done;
  } finally {
    await opened.value.close();
  }
}
