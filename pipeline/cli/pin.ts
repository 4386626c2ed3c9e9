import { isReference } from "../config/rules-images.ts";
import { ok } from "../result.ts";
import { atDesk } from "./at-desk.ts";
import { resolved } from "./images/base.ts";
import { pinsFile, readPins, writePins } from "./images/pins.ts";
import type { Settings } from "./settings.ts";
import { answer, say } from "./terminal.ts";

/** Writes down which digests the bases' tags mean: those that are not known yet, or all of them anew. */
export async function pin(settings: Settings, update: boolean): Promise<number> {
  return atDesk(settings, async ({ subject: { config, context }, desk }) => {
    const { root, state } = settings;
    const before = await readPins(root);
    if (!before.ok && !update) return before;
    const known = before.ok ? before.value : {};
    const bases = [...new Set(Object.values(config.images).map(({ base }) => base))].sort();
    const pinned: Record<string, string> = {};
    for (const base of bases) {
      if (!isReference(base) || base.includes("@sha256:")) continue;
      const kept = update ? undefined : known[base];
      const digest =
        kept === undefined ? await resolved({ config, context, root, state, desk }, base) : ok(kept);
      if (!digest.ok) return digest;
      pinned[base] = digest.value;
    }
    await writePins(root, pinned);
    if (settings.json) answer(pinned);
    const lines = Object.entries(pinned).map(([base, digest]) => {
      const how =
        known[base] === digest ? "as before" : known[base] === undefined ? "new" : `was ${known[base]}`;
      return `${base} is ${digest} (${how})`;
    });
    say(
      settings.json,
      lines.length === 0
        ? ["No image stands on a base with a tag."]
        : [...lines, `Keep ${pinsFile} with the sources.`],
    );
    return ok(0);
  });
}
