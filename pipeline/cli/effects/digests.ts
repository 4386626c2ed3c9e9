import { imageTag } from "../../context/version.ts";
import { findImage } from "../../image/layout.ts";
import { ok, type Result } from "../../result.ts";
import type { RunFacts } from "../../run/executor.ts";
import { fetchKnown } from "../images/publish.ts";
import { layoutOf, notBuilt } from "../images/work.ts";
import type { Work } from "./work.ts";

/** The digest of every image: this run's, or the one that was tagged with the version before, here or where it is published. */
export async function digestsFor(work: Work, facts: RunFacts): Promise<Result<Record<string, string>>> {
  const digests: Record<string, string> = {};
  for (const image of Object.keys(work.config.images)) {
    const found = facts.digests[image] ?? (await tagged(work, image));
    if (typeof found === "string") digests[image] = found;
    else if (found.ok) digests[image] = found.value;
    else return found;
  }
  return ok(digests);
}

async function tagged(work: Work, image: string): Promise<Result<string>> {
  const { config, state, context } = work;
  const layout = layoutOf(state, image);
  const tag = imageTag(context.version);
  const here = await findImage(layout, tag);
  if (!here.ok) return here;
  const spec = config.images[image];
  const found = here.value === null && spec?.publish ? await fetchKnown(work, spec, tag) : here;
  if (!found.ok) return found;
  return found.value === null ? notBuilt(work, image) : ok(found.value);
}
