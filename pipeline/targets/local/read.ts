import { access } from "node:fs/promises";
import type { EnvironmentRecord } from "../../deploy/inspect.ts";
import type { Failure } from "../../failure.ts";
import { ok, type Result } from "../../result.ts";
import { chooseJournal, type JournalChoice } from "../journal/choice.ts";
import { readJournal } from "../journal/read.ts";
import { urlOf } from "./core.ts";
import { placesOf } from "./directory.ts";
import { listReleases } from "./kept.ts";
import { readLocalState } from "./state.ts";

/** Reads what an environment left on disk, with no effect; null where there is no such environment. */
export async function readLocal(
  state: string,
  environment: string,
): Promise<Result<EnvironmentRecord | null>> {
  const places = placesOf(state, environment);
  const there = await access(places.root).then(
    () => true,
    () => false,
  );
  if (!there) return ok(null);
  const read = await readLocalState(places.state);
  if (!read.ok) return read;
  const { live, port } = read.value.state;
  const journal = await readJournals(state, environment);
  const told = journal.broken ? [`${places.journal}: ${reasonIn(journal.broken)}`] : journal.notes;
  return ok({
    live,
    url: urlOf(port),
    releases: await listReleases(places),
    journal: journal.entries,
    notes: [...read.value.notes, ...told],
  });
}

/** An environment's journal as its two files tell it, with no effect; without a daemon and beside one. */
export async function readJournals(state: string, environment: string): Promise<JournalChoice> {
  const { journal: file, journalCopy: copy } = placesOf(state, environment);
  // Written in the other order: what is appended meanwhile is in the journal at least.
  const copied = await readJournal(copy);
  return chooseJournal({ environment, file, copy }, await readJournal(file), copied);
}

const reasonIn = (failure: Failure): string => ("reason" in failure ? failure.reason : failure.kind);
