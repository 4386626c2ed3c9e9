import type { Environment } from "../config/config.ts";
import type { Release } from "../deploy/release.ts";
import type { Observation } from "../deploy/target.ts";
import { ok, type Result } from "../result.ts";
import { type Manner, plainly } from "../run/manner.ts";
import { connectLocal } from "../targets/local/client.ts";
import type { LocalStatus } from "../targets/local/protocol.ts";
import { type LocalRecord, readLocal } from "../targets/local/read.ts";
import type { AtDesk } from "./at-desk.ts";
import { contextOf } from "./deploy.ts";
import { digestsFor } from "./effects/digests.ts";
import { describeRelease } from "./effects/prepare.ts";
import type { Work } from "./effects/work.ts";
import { environmentOf } from "./subject.ts";
import { toolVersion } from "./tool-version.ts";

/** A release that could be deployed, as a value; nothing was done for it and no secret was looked up. */
export type Candidate = { work: Work; environment: Environment; release: Release };

/** The release of a version whose images are there; by default of what is checked out. */
export async function candidateOf(
  { settings: { root, state }, subject: { config, context }, desk }: AtDesk,
  name: string,
  version: string | null,
  manner: Manner = plainly,
): Promise<Result<Candidate>> {
  const environment = environmentOf(config, name);
  if (!environment.ok) return environment;
  const work: Work = {
    config,
    context: await contextOf(root, context, version),
    root,
    state,
    desk,
    aside: null,
    ...manner,
  };
  const images = await digestsFor(work, { keys: {}, digests: {} });
  if (!images.ok) return images;
  const release = await describeRelease(work, environment.value, images.value);
  return release.ok ? ok({ work, environment: environment.value, release: release.value }) : release;
}

/** An environment as it stands: by its files, and by its daemon where one runs. */
export type Standing = { record: LocalRecord | null; status: LocalStatus | null };

/** A release beside the environment that it could be deployed to. */
export type Facing = { candidate: Candidate; standing: Standing };

/** The release of a version, and the environment as it stands. */
export async function facing(
  at: AtDesk,
  name: string,
  version: string | null,
  manner: Manner = plainly,
): Promise<Result<Facing>> {
  const candidate = await candidateOf(at, name, version, manner);
  if (!candidate.ok) return candidate;
  const standing = await standingOf(at.settings.state, name);
  return standing.ok ? ok({ candidate: candidate.value, standing: standing.value }) : standing;
}

/** Looks at an environment; a daemon is asked where it runs, and never started. */
export async function standingOf(state: string, environment: string): Promise<Result<Standing>> {
  const record = await readLocal(state, environment);
  if (!record.ok) return record;
  const opened = await connectLocal({ state, environment, tool: toolVersion });
  if (!opened.ok) {
    if (opened.failure.kind !== "target-unreachable") return opened;
    return ok({ record: record.value, status: null });
  }
  const status = await opened.value.inspect.status();
  await opened.value.close();
  return status.ok ? ok({ record: record.value, status: status.value }) : status;
}

/** What there is to see: the daemon's own observation, or what its files say of an environment that is stopped. */
export function observationOf({ record, status }: Standing): Observation {
  if (status !== null) return status.observation;
  const releases = (record?.releases ?? []).map(({ id, version }) => [
    id,
    { version, placed: true, components: {} },
  ]);
  return {
    releases: Object.fromEntries(releases),
    weights: {},
    live: record?.live ?? null,
    url: record?.url ?? "",
  };
}
