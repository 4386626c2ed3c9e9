import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Config } from "../config/config.ts";
import { noPins, pinsFile } from "../config/pins.ts";
import { namesTag } from "../config/rules-images.ts";
import { containersOf } from "../executors/dagger/images.ts";
import type { Failure } from "../failure.ts";
import { explain } from "../report/failure.ts";
import { fail, ok, type Result } from "../result.ts";
import { atDesk } from "./at-desk.ts";
import { resolved } from "./images/base-registry.ts";
import { readPins, writePins } from "./images/pins.ts";
import type { ImageWork } from "./images/work.ts";
import type { Settings } from "./settings.ts";
import { answer, say } from "./terminal.ts";

export type PinOptions = { update?: boolean; containers?: boolean };

/**
 * Writes down which digests the bases' tags mean, and with `containers` those of the images that a Dagger engine
 * runs: the ones that are not known yet, or all of them anew. A container's image whose registry does not answer
 * stays as it was: what could be found is kept, and the first failure is the command's.
 */
export async function pin(settings: Settings, options: PinOptions): Promise<number> {
  return atDesk(settings, async ({ subject: { config, context }, desk }) => {
    const { root, state } = settings;
    const work: ImageWork = { config, context, root, state, desk };
    const before = await readPins(root);
    if (!before.ok && !options.update) return before;
    const known = before.ok ? before.value : noPins;
    const fresh = options.update ?? false;
    const written = [...new Set(Object.values(config.images).map(({ base }) => base))].sort();
    const bases = await digestsOf(work, written, fresh ? {} : known.bases);
    // An image is not made on what cannot be found: nothing is written.
    if (bases.failure !== null) return fail(bases.failure);
    const containers = options.containers
      ? await digestsOf(work, usedBy(config), fresh ? {} : known.containers)
      : { found: known.containers, untold: [], failure: null };
    const all = { ...containers.found, ...bases.found };
    // An empty file would be a change of the tree, and of every key.
    if (Object.keys(all).length > 0 || existsSync(join(root, pinsFile)))
      await writePins(root, { bases: bases.found, containers: containers.found });
    if (settings.json) answer(all);
    const old = { ...known.containers, ...known.bases };
    const lines = Object.entries(all).map(
      ([image, digest]) => `${image} is ${digest} (${how(old[image], digest)})`,
    );
    say(settings.json, [
      ...(lines.length === 0
        ? ["No image stands on a base with a tag."]
        : [...lines, `Keep ${pinsFile} with the sources.`]),
      ...containers.untold,
    ]);
    return containers.failure === null ? ok(0) : fail(containers.failure);
  });
}

/** Where the containers come from, each once. */
const usedBy = (config: Config): string[] => [
  ...new Set(containersOf(config).map((image) => config.dagger.images[image] ?? image)),
];

const how = (before: string | undefined, now: string): string => {
  if (before === now) return "as before";
  return before === undefined ? "new" : `was ${before}`;
};

type Found = { found: Record<string, string>; untold: string[]; failure: Failure | null };

/** Digests of the images that are named by a tag: the known ones, and what the registries say of the others. */
async function digestsOf(work: ImageWork, images: string[], known: Record<string, string>): Promise<Found> {
  const tagged = images.filter(namesTag);
  const answers: [string, Result<string>][] = [];
  for (const image of tagged) {
    const kept = known[image];
    answers.push([image, kept === undefined ? await resolved(work, image) : ok(kept)]);
  }
  const failures = answers.flatMap(([image, answer]) =>
    answer.ok ? [] : [{ image, failure: answer.failure }],
  );
  return {
    found: Object.fromEntries(
      answers.flatMap(([image, answer]) => (answer.ok ? [[image, answer.value]] : [])),
    ),
    untold: failures.map(({ image, failure }) => `${image} was not pinned: ${explain(failure).what}`),
    failure: failures[0]?.failure ?? null,
  };
}
