import { type Commits, commitsBetween } from "../context/git-commits.ts";
import { type Live, type ReleaseDiff, releaseDiff } from "../deploy/diff.ts";
import { completed } from "../deploy/history.ts";
import { limitsOf } from "../deploy/limits.ts";
import { diffView } from "../report/diff-view.ts";
import { type Candidate, candidateOf, type Standing, standingOf } from "./candidate.ts";
import { openDesk } from "./desk.ts";
import type { Settings } from "./settings.ts";
import { readSubject } from "./subject.ts";
import { answer, say, tellFailure } from "./terminal.ts";

/** What a deploy of a version would change against what is live; nothing is changed by asking. */
export async function diff(settings: Settings, name: string, version: string | null): Promise<number> {
  const subject = await readSubject(settings);
  if (!subject.ok) return tellFailure(subject.failure);
  const desk = openDesk();
  try {
    const candidate = await candidateOf(settings, subject.value, desk, name, version);
    if (!candidate.ok) return tellFailure(candidate.failure);
    const standing = await standingOf(settings.state, name);
    if (!standing.ok) return tellFailure(standing.failure);
    const found = await differences(candidate.value, standing.value);
    if (settings.json) answer({ ...found.diff, commits: found.commits });
    else say(false, diffView(found.diff, found.commits));
    return 0;
  } finally {
    await desk.close();
  }
}

/** The release beside what is live, and the commits between the two where git knows both. */
export async function differences(
  { work, environment, release }: Candidate,
  { record }: Standing,
): Promise<{ diff: ReleaseDiff; commits: Commits | null }> {
  const before = record?.releases.find((one) => one.id === record.live);
  const began = completed(record?.journal ?? []).findLast((one) => one.release === before?.id);
  const live: Live | null = before
    ? { release: before, limits: began?.limits ?? limitsOf(environment) }
    : null;
  const found = releaseDiff(live, release, limitsOf(environment));
  const { from, to } = found;
  if (!from?.revision || !to.revision) return { diff: found, commits: null };
  const commits = await commitsBetween(work.root, from.revision, to.revision, work.desk.variables);
  return { diff: found, commits };
}
