import { imageTag } from "../../context/version.ts";
import { findImage } from "../../image/layout.ts";
import { fail, ok, type Result } from "../../result.ts";
import type { RunFacts } from "../../run/executor.ts";
import { fetchKnown } from "../images/publish.ts";
import { layoutOf, notBuilt } from "../images/work.ts";
import type { Work } from "./work.ts";

/** The digest of every image: this run's, or the one that was tagged with the version before, here or where it is published. */
export async function digestsFor(work: Work, facts: RunFacts): Promise<Result<Record<string, string>>> {
  const digests: Record<string, string> = {};
  for (const image of Object.keys(work.config.images)) {
    const found = facts.digests[image] ?? (await tagged(work, image));
    const digest = typeof found === "string" ? ok(found) : found;
    if (!digest.ok) return digest;
    const expected = work.digests[image] ?? work.digests[work.config.images[image]?.repository ?? ""];
    if (expected !== undefined && !expected.includes(digest.value))
      return fail({ kind: "digest-unexpected", image, digest: digest.value, expected: expected.join(", ") });
    digests[image] = digest.value;
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
  // What was published by an earlier job is there, whatever the image stage does here.
  const sent = spec?.publish || work.digests[spec?.repository ?? ""] !== undefined;
  const found = here.value === null && spec && sent ? await fetchKnown(work, spec, tag) : here;
  if (!found.ok) return found;
  return found.value === null ? notBuilt(work, image) : ok(found.value);
}
