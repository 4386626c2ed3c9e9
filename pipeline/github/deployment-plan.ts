import type { RolloutsReport } from "../report/journal-report.ts";

/** States of a deployment on GitHub (Deployments API) that are used here. */
export type DeploymentState = "queued" | "in_progress" | "success" | "failure" | "inactive";

/** What our deployments carry: the run that announced them, or the rollout that they tell of. */
export type DeploymentNote = { run: number; version: string } | { rollout: string; version: string };

/** A deployment as GitHub has it. `note` null: it is none of ours. */
export type Known = {
  id: number;
  /** ms since the epoch. */
  createdAt: number;
  /** Who made it: a login. */
  creator: string;
  note: DeploymentNote | null;
  /** Of its newest status, or null: it has none. */
  state: string | null;
};

/** What is to be written: a new deployment (`id` null) and its state, or the state of one that is there. */
export type Change = {
  id: number | null;
  state: DeploymentState;
  description: string;
  /** Of a new one: the refs that it may be of, the likeliest first. */
  refs: string[];
  note: DeploymentNote | null;
  /** It has the system's own address. */
  live: boolean;
};

/** Rollouts that the page is held to; older ones are history. */
const mostRollouts = 10;

/** A run of a workflow; `well`: its job that deploys ended well. */
export type EndedRun = { run: number; well: boolean };

/** A clock of the target may differ from GitHub's by this much, in ms. */
const skewMs = 60_000;

/** Makes its own deployments for jobs that name an environment: of the workflow's commit, which may not be what is live. */
const automatic = "github-actions[bot]";

type Rollout = RolloutsReport["rollouts"][number];

/**
 * What makes an environment's page true: one deployment for each rollout of the journal, with its outcome, and of all
 * deployments only the live release's is active. `ended` is the run that has ended: what it announced and never began
 * is withdrawn.
 */
export function changesFor(report: RolloutsReport, known: Known[], ended: EndedRun): Change[] {
  const begun = report.rollouts.filter(({ outcome }) => outcome !== "refused");
  const recent = begun.slice(-mostRollouts);
  const live = report.live?.version ?? null;
  const serving = begun.findLast(({ outcome, version }) => outcome === "completed" && version === live);
  const owners = new Map<string, Known>();
  for (const rollout of recent) {
    const own = known.find((one) => isOf(one, rollout) && ![...owners.values()].includes(one));
    if (own) owners.set(rollout.rollout, own);
  }
  const told = recent.flatMap((rollout): Change[] => {
    const own = owners.get(rollout.rollout) ?? null;
    const state = stateOf(rollout, serving);
    if (own?.state === state) return [];
    return [
      {
        ...{ id: own?.id ?? null, state, description: wordsOf(rollout) },
        refs: refsOf(rollout.version, rollout.revision),
        note: own === null ? { rollout: rollout.rollout, version: rollout.version } : null,
        live: state === "success",
      },
    ];
  });
  const owned = new Set([...owners.values()].map(({ id }) => id));
  const later = begun.findLast(({ endedAt }) => endedAt !== null)?.beganAt ?? 0;
  const stray = known
    .filter(({ id }) => !owned.has(id))
    .flatMap((one) => strayChange(one, ended) ?? lostChange(one, later) ?? []);
  // The live one is told last: GitHub shows what was active last.
  return [...stray, ...told.toSorted((one, other) => Number(one.live) - Number(other.live))];
}

const stateOf = (rollout: Rollout, serving: Rollout | undefined): DeploymentState =>
  rollout.outcome === "unfinished"
    ? "in_progress"
    : rollout.outcome === "returned"
      ? "failure"
      : rollout === serving
        ? "success"
        : "inactive";

/** Announced by a run for this version before the rollout began; or made for this very rollout. */
const isOf = ({ note, createdAt }: Known, { rollout, version, beganAt, cause }: Rollout): boolean =>
  note !== null &&
  ("rollout" in note
    ? note.rollout === rollout
    : cause === "deploy" && note.version === version && createdAt <= beganAt + skewMs);

/** What a run announced and never began. */
export const withdrawn = (known: Known[], ended: EndedRun): Change[] =>
  known.filter(({ note }) => note !== null).flatMap((one) => strayChange(one, ended) ?? []);

function strayChange({ id, note, state, creator }: Known, { run, well }: EndedRun): Change | null {
  if (note === null) {
    const active = creator === automatic && (state === "success" || state === "in_progress");
    return active ? changed(id, "inactive", "what is live is told by the deployments of bellwether") : null;
  }
  const own = "run" in note && note.run === run && (state === "queued" || state === "in_progress");
  if (!own) return null;
  return well
    ? changed(id, "inactive", "there was nothing to do: what it would have brought is there already")
    : changed(id, "failure", "it never began");
}

/** Of a run that was killed before it could say how it ended: another rollout began after it, and has its end. */
const lostChange = ({ id, note, state, createdAt }: Known, later: number): Change | null =>
  note !== null && "run" in note && state === "in_progress" && createdAt < later
    ? changed(id, "failure", "its run ended without a word")
    : null;

const changed = (id: number, state: DeploymentState, description: string): Change => ({
  ...{ id, state, description, refs: [], note: null, live: false },
});

/** Longest description (GitHub), in characters. */
const longest = 140;

function wordsOf({ version, cause, outcome, reason, why, actor }: Rollout): string {
  const what = `${version}, ${cause} by ${actor}: ${reason ?? outcome}${why === null ? "" : ` (${why})`}`;
  return what.length <= longest ? what : `${what.slice(0, longest - 1)}…`;
}

/** Where the commit of a version is found. */
function refsOf(version: string, revision: string | null): string[] {
  const build = /\+([0-9a-f]{7,40})$/.exec(version)?.[1];
  if (build !== undefined) return [...(revision === null ? [] : [revision]), build];
  return [`v${version}`, version, ...(revision === null ? [] : [revision])];
}
