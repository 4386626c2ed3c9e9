import { promote as promoteRollout } from "../deploy/engine-promote.ts";
import { connectLocal } from "../targets/local/client.ts";
import type { Settings } from "./settings.ts";
import { readEnvironment } from "./subject.ts";
import { answer, say, tellFailure } from "./terminal.ts";
import { toolVersion } from "./tool-version.ts";

/** Lets the canary of an environment go on: out of its pause, or in full; told to the engine at work. */
export async function promote(settings: Settings, name: string, full: boolean): Promise<number> {
  const subject = await readEnvironment(settings, name);
  if (!subject.ok) return tellFailure(subject.failure);
  const opened = await connectLocal({ state: settings.state, environment: name, tool: toolVersion });
  if (!opened.ok) {
    if (opened.failure.kind !== "target-unreachable") return tellFailure(opened.failure);
    return tellFailure({ kind: "nothing-to-promote", environment: name, reason: "nothing of it runs" });
  }
  const { store, close } = opened.value;
  const { actor } = subject.value.context;
  const told = await promoteRollout({ store, environment: name, by: actor, full });
  await close();
  if (!told.ok) return tellFailure(told.failure);
  if (settings.json) answer({ environment: name, version: told.value.version, by: actor, full });
  const how = full ? "without further holds and pauses" : "to its next step";
  say(settings.json, [`${told.value.version} goes on ${how} on ${name}: told by ${actor}`]);
  return 0;
}
