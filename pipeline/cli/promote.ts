import type { Context } from "../context/context.ts";
import { promote as promoteRollout } from "../deploy/engine-promote.ts";
import { fail } from "../result.ts";
import { openDesk } from "./desk.ts";
import { reach } from "./reach/reach.ts";
import type { ReachPlace } from "./reach/way.ts";
import type { Settings } from "./settings.ts";
import { readEnvironment } from "./subject.ts";
import { answer, say, tellFailure } from "./terminal.ts";

/** Lets the canary of an environment go on: out of its pause, or in full; told to the engine at work. */
export async function promote(settings: Settings, name: string, full: boolean): Promise<number> {
  const subject = await readEnvironment(settings, name);
  if (!subject.ok) return tellFailure(subject.failure);
  const desk = openDesk();
  const told = await tell(
    { ...subject.value, root: settings.root, state: settings.state, desk },
    full,
  ).finally(() => desk.close());
  if (!told.ok) return tellFailure(told.failure);
  const { actor } = subject.value.context;
  if (settings.json) answer({ environment: name, version: told.value.version, by: actor, full });
  const how = full ? "without further holds and pauses" : "to its next step";
  say(settings.json, [`${told.value.version} goes on ${how} on ${name}: told by ${actor}`]);
  return 0;
}

async function tell(
  place: ReachPlace & { context: Context },
  full: boolean,
): ReturnType<typeof promoteRollout> {
  const { name } = place.environment;
  const opened = await (await reach(place)).running();
  if (!opened.ok) return opened;
  if (opened.value === null)
    return fail({ kind: "nothing-to-promote", environment: name, reason: "nothing of it runs" });
  const { store, close } = opened.value;
  const told = await promoteRollout({ store, environment: name, by: place.context.actor, full });
  await close();
  return told;
}
