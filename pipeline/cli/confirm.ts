import { Confirmations } from "../approvals/confirmations.ts";
import { digestsOf } from "../deploy/release.ts";
import { systemClock } from "../io/clock.ts";
import { unknownName } from "../plan/select.ts";
import { candidateOf } from "./candidate.ts";
import { openDesk } from "./desk.ts";
import type { Settings } from "./settings.ts";
import { readSubject } from "./subject.ts";
import { answer, say, tellFailure } from "./terminal.ts";

/** Records the caller's word that an item of the checklist is done for a version and its exact digests. */
export async function confirm(
  settings: Settings,
  name: string,
  version: string,
  item: string,
): Promise<number> {
  const subject = await readSubject(settings);
  if (!subject.ok) return tellFailure(subject.failure);
  const desk = openDesk();
  try {
    const candidate = await candidateOf(settings, subject.value, desk, name, version);
    if (!candidate.ok) return tellFailure(candidate.failure);
    const { environment, release } = candidate.value;
    const items = environment.gates.flatMap((gate) => (gate.kind === "confirm" ? [gate] : []));
    const gate = items.find((one) => one.name === item);
    const known = items.map((one) => one.name);
    if (!gate) return tellFailure(unknownName("item to confirm", item, known));
    const at = systemClock.now();
    const confirmation = {
      format: 1 as const,
      app: release.app,
      environment: name,
      version: release.version,
      digests: digestsOf(release),
      item,
      by: subject.value.context.actor,
      at,
      expiresAt: at + gate.expiresMs,
    };
    await new Confirmations(settings.state, name).add(confirmation);
    if (settings.json) answer(confirmation);
    say(settings.json, [
      `${item} (${gate.item}) is confirmed for ${release.version} on ${name} by ${confirmation.by} until ${new Date(confirmation.expiresAt).toISOString()}`,
    ]);
    return 0;
  } finally {
    await desk.close();
  }
}
