import { Confirmations } from "../approvals/confirmations.ts";
import { digestsOf } from "../deploy/release.ts";
import { unknownName } from "../plan/select.ts";
import { moment } from "../report/units.ts";
import { fail, ok } from "../result.ts";
import { atDesk } from "./at-desk.ts";
import { candidateOf } from "./candidate.ts";
import type { Settings } from "./settings.ts";
import { answer, say } from "./terminal.ts";

/** Records the caller's word that an item of the checklist is done for a version and its exact digests. */
export const confirm = (settings: Settings, name: string, version: string, item: string): Promise<number> =>
  atDesk(settings, async (at) => {
    const candidate = await candidateOf(at, name, version);
    if (!candidate.ok) return candidate;
    const { environment, release } = candidate.value;
    const items = environment.gates.flatMap((gate) => (gate.kind === "confirm" ? [gate] : []));
    const gate = items.find((one) => one.name === item);
    const known = items.map((one) => one.name);
    if (!gate) return fail(unknownName("item to confirm", item, known));
    const now = at.desk.clock.now();
    const confirmation = {
      format: 1 as const,
      app: release.app,
      environment: name,
      version: release.version,
      digests: digestsOf(release),
      item,
      by: at.subject.context.actor,
      at: now,
      expiresAt: now + gate.expiresMs,
    };
    await new Confirmations(settings.state, name).add(confirmation);
    if (settings.json) answer(confirmation);
    say(settings.json, [
      `${item} (${gate.item}) is confirmed for ${release.version} on ${name} by ${confirmation.by} until ${moment(confirmation.expiresAt)}`,
    ]);
    return ok(0);
  });
