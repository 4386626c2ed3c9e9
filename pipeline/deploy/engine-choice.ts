import { ok, type Result } from "../result.ts";
import type { EngineRequest } from "./engine-session.ts";
import type { JournalEntry } from "./journal.ts";
import type { Release } from "./release.ts";
import { rollbackTarget } from "./rollback.ts";
import type { Observation, Store } from "./target.ts";

/** The release that a rollback goes to, by what the journal says and what is seen: all is asked for side by side. */
export async function rollbackChoice(
  { deployment, environment }: EngineRequest,
  to: string | null,
  journalled: Promise<Result<JournalEntry[]>>,
  looked: Promise<Result<Observation>>,
): Promise<Result<Release>> {
  const [journal, seen, kept] = await Promise.all([journalled, looked, startable(deployment.store)]);
  if (!journal.ok) return journal;
  if (!kept.ok) return kept;
  if (!seen.ok) return seen;
  const { live } = seen.value;
  return rollbackTarget({
    environment: environment.name,
    journal: journal.value,
    kept: kept.value,
    live,
    to,
  });
}

/** Releases that can be started, before them those that would have to be fetched again. */
async function startable(store: Store): Promise<Result<Release[]>> {
  const [placed, fetchable] = await Promise.all([store.releases(), store.fetchable()]);
  if (!placed.ok) return placed;
  return fetchable.ok ? ok([...fetchable.value, ...placed.value]) : fetchable;
}
