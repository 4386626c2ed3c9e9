import { closeFollowUp } from "../deploy/engine-glass.ts";
import { type FollowUp, followUps, saysSomething } from "../deploy/follow-up.ts";
import { unknownName } from "../plan/select.ts";
import { followUpLines } from "../report/follow-up-view.ts";
import { fail, ok, type Result } from "../result.ts";
import { atDesk } from "./at-desk.ts";
import { journalOf } from "./effects/promotion.ts";
import { withJournal } from "./effects/record.ts";
import type { Settings } from "./settings.ts";
import { environmentOf } from "./subject.ts";
import { answer, say } from "./terminal.ts";

/** Lists what is owed for break-glass deploys, or closes one of them. */
export const followUp = (
  settings: Settings,
  name: string,
  id: string | null,
  done: string | null,
): Promise<number> =>
  atDesk(settings, async ({ subject: { config, context }, desk }) => {
    const { root, state, json } = settings;
    const environment = environmentOf(config, name);
    if (!environment.ok) return environment;
    const journal = await journalOf({ config, root, state, desk }, name);
    if (!journal.ok) return journal;
    const all = followUps(journal.value);
    if (done === null) {
      const asked = id === null ? ok(all) : named(all, id);
      return asked.ok ? ok(list(json, name, asked.value)) : asked;
    }
    const what = done.trim();
    const chosen = toClose(all, name, id, what);
    if (!chosen.ok) return chosen;
    const closed = await withJournal({ config, root, state, desk, context }, environment.value, (request) =>
      closeFollowUp(request, chosen.value.id, what),
    );
    if (!closed.ok) return closed;
    if (json) answer({ environment: name, id: chosen.value.id, closed: what });
    say(json, [`${name}: follow-up ${chosen.value.id} is closed: ${what}`]);
    return ok(0);
  });

function list(json: boolean, environment: string, found: FollowUp[]): number {
  if (json) answer(found);
  else if (found.length === 0) say(false, [`${environment}: no follow-ups`]);
  else
    say(
      false,
      found.flatMap((one) => followUpLines(environment, one)),
    );
  return 0;
}

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
