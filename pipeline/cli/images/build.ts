import { join } from "node:path";
import type { Component, ImageSpec } from "../../config/config.ts";
import type { Failure } from "../../failure.ts";
import { buildImage } from "../../image/build.ts";
import { imageIn, tagImage } from "../../image/layout.ts";
import { fail, ok, type Result } from "../../result.ts";
import type { StepOptions } from "../../run/executor.ts";
import { describe } from "./about.ts";
import type { BasePlace } from "./base.ts";
import { problemsOf, sizeNotes } from "./check.ts";
import { buildByDockerfile } from "./dockerfile.ts";
import type { Exclusion } from "./key.ts";
import { type ImageWork, layoutOf } from "./work.ts";

/** What was found out before: where it stands, what is left out, and by which key it is found again. */
type Asked = { base: BasePlace; exclusion: Exclusion; key: string; options: StepOptions };

/** Builds an image and what is said about it, checks it, and enters it by the key of its inputs. */
export async function build(
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
