import { access } from "node:fs/promises";
import type { JournalEntry } from "../../deploy/journal.ts";
import type { Release } from "../../deploy/release.ts";
import { ok, type Result } from "../../result.ts";
import { urlOf } from "./core.ts";
import { placesOf } from "./directory.ts";
import { readJournal } from "./journal-file.ts";
import { listReleases } from "./shelf.ts";
import { readLocalState } from "./state.ts";

/** An environment as its files tell it, while no daemon runs: nothing of it is served. */
export type LocalRecord = {
  /** Null where nothing was ever deployed. */
  live: string | null;
  url: string;
  releases: Release[];
  journal: JournalEntry[];
  notes: string[];
};

/** Reads what an environment left on disk, with no effect; null where there is no such environment. */
export async function readLocal(state: string, environment: string): Promise<Result<LocalRecord | null>> {
  const places = placesOf(state, environment);
  const there = await access(places.root).then(
    () => true,
    () => false,
  );
  if (!there) return ok(null);
  const read = await readLocalState(places.state);
  if (!read.ok) return read;
  const journal = await readJournal(places.journal);
  if (!journal.ok) return journal;
  const { live, port } = read.value.state;
  const cut = journal.value.cut > 0 ? [`${places.journal}: its last line is unfinished`] : [];
  return ok({
    live,
    url: urlOf(port),
    releases: await listReleases(places),
    journal: journal.value.entries,
    notes: [...read.value.notes, ...cut],
  });
}
