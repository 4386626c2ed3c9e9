import { headFrom, headOf, headText, missingHead } from "../deploy/journal.ts";
import type { Failure } from "../failure.ts";
import { openDesk } from "./desk.ts";
import { reach } from "./reach/reach.ts";
import type { Settings } from "./settings.ts";
import { environmentOf, readConfig } from "./subject.ts";
import { answer, say, tellFailure } from "./terminal.ts";

/**
 * Checks an environment's journal by its files, beside a daemon or without one: exit code 0 with its head, 2 with
 * the first entry that is not as it was written. With a head that was known once, a cut tail and a rewritten past
 * are found as well.
 */
export async function verifyJournal(settings: Settings, name: string, known: string | null): Promise<number> {
  const config = await readConfig(settings);
  if (!config.ok) return tellFailure(config.failure);
  const environment = environmentOf(config.value, name);
  if (!environment.ok) return tellFailure(environment.failure);
  const wanted = known === null ? null : headFrom(known);
  if (known !== null && wanted === null) return tellFailure(noHead(known));
  const desk = openDesk();
  const { root, state } = settings;
  const place = { config: config.value, environment: environment.value, root, state, desk };
  const read = await (await reach(place)).journals().finally(() => desk.close());
  if (!read.ok) return tellFailure(read.failure);
  const { entries, broken, restored, notes, file } = read.value;
  const head = headOf(entries);
  const failed = (sequence: number, reason: string): Failure => {
    const entry = entries[sequence - 1]?.fact.kind ?? null;
    return { kind: "journal-broken", environment: name, file, line: sequence, sequence, entry, reason };
  };
  const missing = wanted && missingHead(entries, wanted);
  const failure =
    broken ??
    (restored === null ? null : failed(restored.line, `${restored.reason}; its copy holds it whole`)) ??
    (wanted && missing ? failed(wanted.sequence, missing) : null);
  if (settings.json)
    answer({ environment: name, whole: failure === null, entries: entries.length, head, failure });
  if (failure) return tellFailure(failure);
  const checked = wanted ? [`${headText(wanted)} is part of it`] : [];
  say(settings.json, [
    `the journal of ${name} is whole: ${entries.length} ${entries.length === 1 ? "entry" : "entries"}`,
    ...checked,
    `head: ${headText(head)}`,
    ...notes.map((note) => `note: ${note}`),
  ]);
  return 0;
}

const noHead = (got: string): Failure => ({
  kind: "usage",
  got: `the head ${got}`,
  expected: "SEQUENCE:HASH, as a report or a notification has it",
  remedy: "Take it from `rollouts[].journal` of a report, or from `bellwether journal verify`.",
});
