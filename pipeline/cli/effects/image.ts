import { join } from "node:path";
import type { Component, Config, ImageSpec } from "../../config/config.ts";
import type { Context } from "../../context/context.ts";
import { imageTag } from "../../context/version.ts";
import { artifactDigest } from "../../image/artifact.ts";
import { baseDigest } from "../../image/base.ts";
import { buildImage } from "../../image/build.ts";
import { inputKey, needsArtifactDigest, tagKey } from "../../image/key.ts";
import { findImage, tagImage } from "../../image/layout.ts";
import type { Result } from "../../result.ts";
import { ok } from "../../result.ts";
import type { ImageMade, RunFacts } from "../../run/executor.ts";
import { buildId } from "../../stages/build.ts";

/** Where the image's OCI layout stands in the tool's state. */
export const layoutOf = (state: string, image: string): string => join(state, "images", image);

export type ImageWork = { config: Config; context: Context; root: string; state: string };

/** Finds the image of the same inputs, or builds it; then adds the version's tag. */
export async function makeImage(work: ImageWork, name: string, facts: RunFacts): Promise<Result<ImageMade>> {
  const { config, context, root, state } = work;
  const image = config.images[name];
  const component = image && config.components[image.component];
  if (!image || !component) throw new Error(`image ${name} is not in the config`);
  const layout = layoutOf(state, name);
  const base = image.base === "scratch" ? "scratch" : join(root, image.base);
  const key = await keyOf(image, component, base, root, facts);
  if (!key.ok) return key;
  // What differs from the commit has no right to its version: it is shipped by digest in this run only.
  const versions = context.dirty ? [] : [imageTag(context.version)];
  const dirty = context.dirty
    ? [`not tagged ${imageTag(context.version)}: the working tree differs from the commit`]
    : [];
  const known = await findImage(layout, key.value);
  if (!known.ok) return known;
  if (known.value !== null) {
    for (const version of versions) {
      const tagged = await tagImage(layout, known.value, version);
      if (!tagged.ok) return tagged;
    }
    return ok({ digest: known.value, built: false, notes: dirty });
  }
  const built = await buildImage({
    image: {
      ...image,
      labels: { ...image.labels, "org.opencontainers.image.title": `${config.app}-${name}` },
    },
    artifact: join(root, component.artifact),
    base,
    revision: context.dirty ? `${context.sha}-dirty` : context.sha,
    created: context.committedAt,
    command: component.command,
    environment: {},
    port: component.port,
    layout,
    tags: [key.value, ...versions],
  });
  return built.ok
    ? ok({ digest: built.value.digest, built: true, notes: [...built.value.notes, ...dirty] })
    : built;
}

/** The tag `in-KEY`: from the keys of the steps that make the artifact, or from the artifact's own content. */
async function keyOf(
  image: ImageSpec,
  component: Component,
  base: string,
  root: string,
  facts: RunFacts,
): Promise<Result<string>> {
  const digest = await baseDigest(base);
  if (!digest.ok) return digest;
  const step = buildId(component.name);
  const keys = component.build === null ? {} : { [step]: facts.keys[step] ?? null };
  const artifacts: string[] = [];
  if (needsArtifactDigest(keys)) {
    const platforms = component.artifact.includes("${platform}")
      ? image.platforms
      : image.platforms.slice(0, 1);
    for (const platform of platforms) {
      const path = join(root, component.artifact.replaceAll("${platform}", platform.replace("/", "-")));
      const found = await artifactDigest(path, { component: component.name, step: `image:${image.name}` });
      if (!found.ok) return found;
      artifacts.push(found.value);
    }
  }
  const { platforms, workdir, labels } = image;
  const { command, port, artifact } = component;
  return ok(
    tagKey(
      inputKey({
        definition: { platforms, workdir, labels, command, environment: {}, port, artifact },
        base: digest.value,
        keys,
        artifact: artifacts.length > 0 ? artifacts : null,
      }),
    ),
  );
}
