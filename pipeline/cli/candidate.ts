import type { Environment } from "../config/config.ts";
import type { Release } from "../deploy/release.ts";
import type { Observation } from "../deploy/target.ts";
import { ok, type Result } from "../result.ts";
import { type Manner, plainly } from "../run/manner.ts";
import type { AtDesk } from "./at-desk.ts";
import { contextOf } from "./deploy.ts";
import { digestsFor } from "./effects/digests.ts";
import { describeRelease } from "./effects/prepare.ts";
import type { Work } from "./effects/work.ts";
import { reach } from "./reach/reach.ts";
import type { Standing } from "./reach/way.ts";
import { environmentOf } from "./subject.ts";

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
  const { work, environment } = candidate.value;
  const standing = await (await reach({ ...work, environment })).standing();
  return standing.ok ? ok({ candidate: candidate.value, standing: standing.value }) : standing;
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
