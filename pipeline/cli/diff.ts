import { type Commits, commitsBetween } from "../context/git-commits.ts";
import { type Live, type ReleaseDiff, releaseDiff } from "../deploy/diff.ts";
import { completed } from "../deploy/history.ts";
import { limitsOf } from "../deploy/limits.ts";
import { diffView } from "../report/diff-view.ts";
import { ok } from "../result.ts";
import { atDesk } from "./at-desk.ts";
import { type Facing, facing } from "./candidate.ts";
import type { Settings } from "./settings.ts";
import { answer, say } from "./terminal.ts";

/** What a deploy of a version would change against what is live; nothing is changed by asking. */
export const diff = (settings: Settings, name: string, version: string | null): Promise<number> =>
  atDesk(settings, async (at) => {
    const seen = await facing(at, name, version);
    if (!seen.ok) return seen;
    const found = await differences(seen.value);
    if (settings.json) answer({ ...found.diff, commits: found.commits });
    else say(false, diffView(found.diff, found.commits));
    return ok(0);
  });

/** The release beside what is live, and the commits between the two where git knows both. */
export async function differences({
  candidate: { work, environment, release },
  standing: { record },
}: Facing): Promise<{ diff: ReleaseDiff; commits: Commits | null }> {
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
