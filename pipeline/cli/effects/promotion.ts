import type { Environment } from "../../config/config.ts";
import { hasCompleted } from "../../deploy/history.ts";
import type { JournalEntry } from "../../deploy/journal.ts";
import { fail, ok, type Result } from "../../result.ts";
import { readLocal } from "../../targets/local/read.ts";
import type { Work } from "./work.ts";

/** Whether an environment has completed a rollout of exactly these digests, by its own journal. */
export async function hasSeen(work: Work, environment: string, digests: string[]): Promise<Result<boolean>> {
  const journal = await journalOf(work, environment);
  return journal.ok ? ok(hasCompleted(journal.value, digests)) : journal;
}

/** Refuses digests that the environment promoted from has not completed. */
export async function promotion(
  work: Work,
  environment: Environment,
  digests: string[],
): Promise<Result<void>> {
  const through = environment.promoteFrom;
  if (through === null) return ok(undefined);
  const seen = await hasSeen(work, through, digests);
  if (!seen.ok) return seen;
  if (seen.value) return ok(undefined);
  return fail({
    kind: "digest-not-promoted",
    environment: environment.name,
    through,
    digest: digests.join(", "),
    version: work.context.version,
  });
}

/** What an environment's journal holds; nothing where it never had one. */
export async function journalOf(
  { state }: Pick<Work, "state">,
  environment: string,
): Promise<Result<JournalEntry[]>> {
  const record = await readLocal(state, environment);
  return record.ok ? ok(record.value?.journal ?? []) : record;
}
