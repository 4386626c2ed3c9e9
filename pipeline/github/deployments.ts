import { z } from "zod";
import type { RolloutsReport } from "../report/journal-report.ts";
import { fail, ok, type Result } from "../result.ts";
import type { GithubApi } from "./api.ts";
import {
  type Change,
  changesFor,
  type DeploymentNote,
  type EndedRun,
  type Known,
  withdrawn,
} from "./deployment-plan.ts";

/** Newest deployments of an environment that are looked at; each costs a request. */
const mostDeployments = 20;

const note = z.union([
  z.object({ bellwether: z.object({ run: z.number(), version: z.string() }) }),
  z.object({ bellwether: z.object({ rollout: z.string(), version: z.string() }) }),
]);

const deployment = z.object({
  id: z.number(),
  created_at: z.iso.datetime({ offset: true }),
  creator: z.object({ login: z.string() }).nullish(),
  payload: z.unknown(),
});

const status = z.object({ state: z.string() });

const made = z.object({ id: z.number() });

const route = "/repos/{owner}/{repo}/deployments";

/** What a run is about to do to an environment. */
export type Announced = {
  environment: string;
  version: string;
  /** Commit that is deployed. */
  sha: string;
  run: number;
  /** Address of the run. */
  link: string;
  state: "queued" | "in_progress";
};

/** Says on an environment's page that a run waits or works; what it said before is brought up to date. */
export async function announce(api: GithubApi, announced: Announced): Promise<Result<void>> {
  const { environment, version, sha, run, link, state } = announced;
  const known = await readKnown(api, environment);
  if (!known.ok) return known;
  const own = known.value.find(({ note: own }) => own !== null && "run" in own && own.run === run);
  const description = state === "queued" ? `${version} waits for its approval` : `${version} is on its way`;
  const change: Change = {
    ...{ id: own?.id ?? null, state, description, live: false },
    refs: [sha],
    note: { run, version },
  };
  return write(api, environment, change, { log_url: link });
}

/**
 * Makes an environment's page true, from its journal; without one (null) only what this run announced and never began
 * is withdrawn. Gives how many statuses were written.
 */
export async function record(
  api: GithubApi,
  environment: string,
  report: RolloutsReport | null,
  { link, ...ended }: EndedRun & { link: string },
): Promise<Result<number>> {
  const known = await readKnown(api, environment);
  if (!known.ok) return known;
  const changes = report === null ? withdrawn(known.value, ended) : changesFor(report, known.value, ended);
  for (const change of changes) {
    const url = change.live ? report?.live?.url : undefined;
    const urls = { log_url: link, ...(url === undefined ? {} : { environment_url: url }) };
    const written = await write(api, environment, change, urls);
    if (!written.ok) return written;
  }
  return ok(changes.length);
}

async function readKnown(api: GithubApi, environment: string): Promise<Result<Known[]>> {
  const what = `the deployments to ${environment}`;
  const all = await api.list(
    { what, route: `GET ${route}`, parameters: { environment } },
    deployment,
    mostDeployments,
  );
  if (!all.ok) return all;
  const known: Known[] = [];
  for (const { id, created_at: created, creator, payload } of all.value) {
    const parameters = { deployment_id: id };
    const statuses = await api.list(
      { what: `the state of deployment ${id}`, route: `GET ${route}/{deployment_id}/statuses`, parameters },
      status,
      1,
    );
    if (!statuses.ok) return statuses;
    known.push({
      ...{ id, createdAt: Date.parse(created), creator: creator?.login ?? "" },
      note: noteIn(payload),
      state: statuses.value[0]?.state ?? null,
    });
  }
  return ok(known);
}

/** GitHub gives a payload back as it was sent: as a value, or as its JSON text. */
function noteIn(payload: unknown): DeploymentNote | null {
  try {
    const read = note.safeParse(typeof payload === "string" ? JSON.parse(payload) : payload);
    return read.success ? read.data.bellwether : null;
  } catch {
    return null;
  }
}

async function write(
  api: GithubApi,
  environment: string,
  { id, state, description, refs, note: own }: Change,
  urls: { log_url?: string; environment_url?: string },
): Promise<Result<void>> {
  const there = id === null ? await create(api, environment, refs, description, own) : ok(id);
  if (!there.ok) return there;
  const written = await api.ask(
    {
      what: `the state ${state} of deployment ${there.value}`,
      route: `POST ${route}/{deployment_id}/statuses`,
      parameters: {
        ...{ deployment_id: there.value, state, description, ...urls },
        // Which one is active is said for each: GitHub's own rule leaves production out.
        auto_inactive: false,
      },
    },
    z.unknown(),
  );
  return written.ok ? ok(undefined) : written;
}

/** By the first of the refs that GitHub knows. */
async function create(
  api: GithubApi,
  environment: string,
  refs: string[],
  description: string,
  own: DeploymentNote | null,
): Promise<Result<number>> {
  const what = `a deployment to ${environment}`;
  let last: Result<never> = fail({ kind: "github-denied", what, status: 422, permission: null });
  for (const ref of refs) {
    const created = await api.ask(
      {
        what: `${what} of ${ref}`,
        route: `POST ${route}`,
        parameters: {
          ...{ ref, environment, description, task: "deploy", payload: { bellwether: own } },
          ...{ auto_merge: false, required_contexts: [] },
        },
      },
      made,
    );
    if (created.ok) return ok(created.value.id);
    last = created;
    // Another ref may be known; another permission will not come.
    if (created.failure.kind !== "github-denied" || created.failure.status === 403) break;
  }
  return last;
}
