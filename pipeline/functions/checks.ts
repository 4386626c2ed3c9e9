import { checkContext } from "../executors/dagger/context.ts";
import { answered } from "../executors/dagger/engine-words.ts";
import type { Change } from "../executors/dagger/own-step.ts";
import { systemClock } from "../io/clock.ts";
import { makePlan } from "../plan/plan-for.ts";
import { unknownName } from "../plan/select.ts";
import { fail } from "../result.ts";
import { checkStageIds } from "../stages/check-stage.ts";
import { type Door, open, orThrow, withHistory } from "./door.ts";
import { type Performed, perform, wordsOf } from "./perform.ts";

/** Runs stages of checks and gives what they say; throws it where one of them failed. */
export const runChecks = async (door: Door, stages: string[], base?: string): Promise<string> =>
  wordsOf(await performChecks(door, stages, base));

/** All checks, or those of some stages, whatever comes of them. */
export function runAllChecks(door: Door, base?: string, stages: string[] = []): Promise<Performed> {
  const unknown = stages.find((name) => !checkStageIds.includes(name));
  if (unknown !== undefined) orThrow(fail(unknownName("stage of checks", unknown, checkStageIds)));
  return performChecks(door, stages.length === 0 ? checkStageIds : stages, base);
}

/** All checks; throws what they say where one of them failed. */
export const check = (door: Door, base?: string): Promise<string> => runChecks(door, checkStageIds, base);

/** Checks need no context but the files; with a base, the commits since then are looked at, too. */
async function performChecks(door: Door, stages: string[], base: string | undefined): Promise<Performed> {
  const opened = await open(door);
  const event = !base ? "local" : "pull_request";
  // The day decides how old what scanners know may be, so it is this one, not the commit's.
  const context = checkContext(event, systemClock.now());
  const plan = orThrow(makePlan(opened.config, context, stages));
  if (!base) return perform(plan, { session: opened.session });
  const change = await changeSince(door, base);
  return perform(plan, { session: withHistory(opened), change });
}

/** Where the checked-out commit left a branch, which may be here only as the remote's. */
async function changeSince({ git }: Door, base: string): Promise<Change> {
  for (const name of [base, `refs/remotes/origin/${base}`]) {
    const sha = await answered(git.head().commonAncestor(git.ref(name)).commit());
    if (sha !== null) return { base: sha };
  }
  return orThrow(fail({ kind: "ref-unknown", ref: base }));
}
