import type { ImageSpec } from "../../config/config.ts";
import { imageTag } from "../../context/version.ts";
import type { Failure } from "../../failure.ts";
import { findImage, tagImage } from "../../image/layout.ts";
import { fail, ok, type Result } from "../../result.ts";
import type { ImageMade, RunFacts, StepOptions } from "../../run/executor.ts";
import { type BasePlace, findBase } from "./base.ts";
import { exclusionOf, keyOf, shippedPath } from "./key.ts";
import { type ImageWork, imageOf, layoutOf } from "./work.ts";

/**
 * Finds the image of the same inputs, here or in its repository, or builds it; adds the version's tag, and publishes
 * it where the configuration says so. What builds and what speaks with registries is loaded when it is needed: most
 * images are there.
 */
export async function makeImage(
  work: ImageWork,
  name: string,
  facts: RunFacts,
  options: StepOptions,
): Promise<Result<ImageMade>> {
  const parts = imageOf(work, name);
  const { context, state } = work;
  const layout = layoutOf(state, name);
  const base = await findBase(work, parts.image);
  if (!base.ok) return base;
  const exclusion = await exclusionOf(work.root, shippedPath(parts.image, parts.component));
  const key = await keyOf(work, parts, base.value.digest, exclusion, facts);
  if (!key.ok) return key;
  const known = await knownImage(work, parts.image, key.value);
  if (!known.ok) return known;
  const notes = [...base.value.notes];
  let digest = known.value;
  if (digest === null) {
    const { build } = await import("./build.ts");
    const made = await build(work, parts, { base: base.value, exclusion, key: key.value, options });
    if (!made.ok) return made;
    digest = made.value.digest;
    notes.push(...made.value.notes);
  }
  // What differs from the commit has no right to its version: it is shipped by digest in this run only.
  if (context.dirty)
    notes.push(`not tagged ${imageTag(context.version)}: the working tree differs from the commit`);
  else {
    const tagged = await tagImage(layout, digest, imageTag(context.version));
    if (!tagged.ok) return fail(withBase(tagged.failure, base.value));
  }
  if (parts.image.publish) {
    const { publishImage } = await import("./publish.ts");
    const published = await publishImage(work, parts.image, digest, key.value);
    if (!published.ok) return fail(withBase(published.failure, base.value));
    notes.push(...published.value);
  }
  return ok({ digest, built: known.value === null, notes });
}

/** A version that would get another digest: a base that moved is the likeliest reason that nobody sees. */
const withBase = (failure: Failure, { pinned, name }: BasePlace): Failure =>
  failure.kind === "tag-exists" && !pinned && name !== null ? { ...failure, movedBase: name } : failure;

/** An image that was made from the same inputs: in the layout, or in the repository, from where it is fetched. */
async function knownImage(work: ImageWork, image: ImageSpec, key: string): Promise<Result<string | null>> {
  const here = await findImage(layoutOf(work.state, image.name), key);
  if (!here.ok || here.value !== null || !image.publish) return here;
  return (await import("./publish.ts")).fetchKnown(work, image, key);
}
