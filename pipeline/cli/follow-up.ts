import { closeFollowUp } from "../deploy/engine-glass.ts";
import { type FollowUp, followUps, saysSomething } from "../deploy/follow-up.ts";
import { unknownName } from "../plan/select.ts";
import { fail, ok, type Result } from "../result.ts";
import { openDesk } from "./desk.ts";
import { journalOf } from "./effects/promotion.ts";
import { withJournal } from "./effects/record.ts";
import type { Settings } from "./settings.ts";
import { environmentOf, readSubject } from "./subject.ts";
import { answer, say, tellFailure } from "./terminal.ts";

/** Lists what is owed for releases that went out without approval, or closes one of them. */
export async function followUp(
  settings: Settings,
  name: string,
  id: string | null,
  done: string | null,
): Promise<number> {
  const subject = await readSubject(settings);
  if (!subject.ok) return tellFailure(subject.failure);
  const environment = environmentOf(subject.value.config, name);
  if (!environment.ok) return tellFailure(environment.failure);
  const journal = await journalOf(settings, name);
  if (!journal.ok) return tellFailure(journal.failure);
  const all = followUps(journal.value);
  if (done === null) {
    const asked = id === null ? ok(all) : named(all, id);
    return asked.ok ? list(settings, name, asked.value) : tellFailure(asked.failure);
  }
  const chosen = toClose(all, name, id, done.trim());
  if (!chosen.ok) return tellFailure(chosen.failure);
  const desk = openDesk();
  try {
    const work = { root: settings.root, state: settings.state, desk, context: subject.value.context };
    const closed = await withJournal(work, environment.value, (request) =>
      closeFollowUp(request, chosen.value.id, done.trim()),
    );
    if (!closed.ok) return tellFailure(closed.failure);
    if (settings.json) answer({ environment: name, id: chosen.value.id, closed: done.trim() });
    say(settings.json, [`${name}: follow-up ${chosen.value.id} is closed: ${done.trim()}`]);
    return 0;
  } finally {
    await desk.close();
  }
}

function list({ json }: Settings, environment: string, found: FollowUp[]): number {
  if (json) answer(found);
  else
    say(false, found.length === 0 ? [`${environment}: no follow-ups`] : found.flatMap((one) => lines(one)));
  return 0;
}

const lines = ({ id, version, actor, reason, at, closed }: FollowUp): string[] => [
  `${id} ${closed === null ? "open" : "closed"}: ${version} without approval by ${actor} at ${new Date(at).toISOString()}: ${reason}`,
  ...(closed === null
    ? []
    : [`  closed by ${closed.actor} at ${new Date(closed.at).toISOString()}: ${closed.what}`]),
];

function named(all: FollowUp[], id: string): Result<FollowUp[]> {
  const found = all.filter((one) => one.id === id);
  const ids = all.map((one) => one.id);
  return found.length > 0 ? ok(found) : fail(unknownName("follow-up", id, ids));
}

/** The open one that is named, or the only one. */
function toClose(all: FollowUp[], environment: string, id: string | null, done: string): Result<FollowUp> {
  const open = all.filter((one) => one.closed === null);
  const ids = open.map((one) => one.id);
  if (!saysSomething(done))
    return fail({
      kind: "usage",
      got: done === "" ? "nothing that was done" : `${JSON.stringify(done)} as what was done`,
      expected: "at least three words about what was done",
      remedy: 'Say it: `--close "reviewed after the fact by asha"`.',
    });
  const [only] = open;
  if (id === null && only && open.length === 1) return ok(only);
  if (id === null)
    return fail({
      kind: "usage",
      got: "no id",
      expected: ids.length === 0 ? `an open follow-up; ${environment} has none` : `one of ${ids.join(", ")}`,
      remedy: `See them with \`bellwether follow-up ${environment}\`.`,
    });
  const found = open.find((one) => one.id === id);
  return found ? ok(found) : fail(unknownName("follow-up", id, ids));
}
