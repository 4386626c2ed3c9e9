import { join } from "node:path";
import type { Component, ImageSpec } from "../../config/config.ts";
import { imageTag } from "../../context/version.ts";
import type { Failure } from "../../failure.ts";
import { buildImage } from "../../image/build.ts";
import { findImage, imageIn, tagImage } from "../../image/layout.ts";
import { fail, ok, type Result } from "../../result.ts";
import type { ImageMade, RunFacts, StepOptions } from "../../run/executor.ts";
import { describe } from "./about.ts";
import { type BasePlace, findBase } from "./base.ts";
import { problemsOf, sizeNotes } from "./check.ts";
import { buildByDockerfile } from "./dockerfile.ts";
import { type Exclusion, exclusionOf, keyOf, shippedPath } from "./key.ts";
import { fetchKnown, publishImage } from "./publish.ts";
import { type ImageWork, imageOf, layoutOf } from "./work.ts";

/**
 * Finds the image of the same inputs, here or in its repository, or builds it; adds the version's tag, and publishes
 * it where the configuration says so.
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
  return fetchKnown(work, image, key);
}

type Asked = { base: BasePlace; exclusion: Exclusion; key: string; options: StepOptions };

async function build(
  work: ImageWork,
  { image, component }: { image: ImageSpec; component: Component },
  { base, exclusion, key, options }: Asked,
): Promise<Result<{ digest: string; notes: string[] }>> {
  const { config, context, root, state, desk } = work;
  const layout = layoutOf(state, image.name);
  const startedAt = desk.clock.now();
  const epoch = Number(desk.variables.SOURCE_DATE_EPOCH || Number.NaN);
  const created = Number.isSafeInteger(epoch) && epoch >= 0 ? epoch * 1000 : context.committedAt;
  const revision = context.dirty ? `${context.sha}-dirty` : context.sha;
  const labels = { ...image.labels, "org.opencontainers.image.title": `${config.app}-${image.name}` };
  const ground = image.dockerfile === null ? await base.layout() : ok("scratch");
  if (!ground.ok) return ground;
  const ports = image.ports ?? (component.port === null ? [] : [component.port]);
  const built =
    image.dockerfile === null
      ? await buildImage({
          image: { ...image, labels },
          artifact: join(root, component.artifact ?? ""),
          excluded: exclusion.excluded,
          base: ground.value,
          baseName: base.name,
          revision,
          created,
          command: component.command,
          environment: image.environment,
          ports,
          entrypoint: image.entrypoint,
          user: image.user,
          healthcheck: image.healthcheck,
          stopSignal: image.stopSignal,
          layout,
          // Not yet: what is wrong with it may be found out below.
          tags: [],
        })
      : await buildByDockerfile(work, image, { labels, revision, created, layout, options });
  if (!built.ok) return built;
  const { digest, notes } = built.value;
  const problems = await problemsOf(work, image, digest, ground.value);
  if (!problems.ok) return problems;
  if (problems.value.length > 0) return fail(refused(image, problems.value));
  const sizes = await sizeNotes(layout, digest);
  if (!sizes.ok) return sizes;
  const entry = await imageIn(layout, digest);
  if (!entry.ok) return entry;
  const told = await describe(work, image, entry.value, { base, key, startedAt, created });
  if (!told.ok) return told;
  // Last: an image is found by its key only when all of it is there.
  const tagged = await tagImage(layout, digest, key);
  return tagged.ok ? ok({ digest, notes: [...notes, ...sizes.value, ...told.value] }) : tagged;
}

const refused = (image: ImageSpec, problems: string[]): Failure => ({
  kind: "image-refused",
  image: image.name,
  problems,
});
