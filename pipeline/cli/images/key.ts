import type { Stats } from "node:fs";
import { readFile } from "node:fs/promises";
import { join, normalize, relative } from "node:path";
import * as dockerignore from "@balena/dockerignore";
import type { Component, ImageSpec } from "../../config/config.ts";
import { openFileIndex } from "../../executors/host/cache/file-index.ts";
import { artifactDigest, type ContentOf, contentDigest } from "../../image/artifact.ts";
import { inputKey, needsArtifactDigest, tagKey } from "../../image/key.ts";
import { artifactPath } from "../../image/platform-path.ts";
import { fail, ok, type Result } from "../../result.ts";
import type { RunFacts } from "../../run/executor.ts";
import { buildId } from "../../stages/build.ts";
import type { ImageWork } from "./work.ts";

/** The module is a function itself, and its types say that it has one. */
const create = dockerignore.default as unknown as typeof dockerignore.default.default;

/** Which paths of an artifact are left out, and what says so. */
export type Exclusion = { excluded: (path: string) => boolean; text: string };

/**
 * What is not shipped of an artifact: what the .dockerignore in it says, or the repository's, whose patterns begin at
 * the repository's root.
 */
export async function exclusionOf(root: string, artifact: string): Promise<Exclusion> {
  const inside = normalize(artifact).replace(/\/?$/, "/");
  const below = inside === "./" ? "" : inside;
  for (const place of [join(root, artifact), root]) {
    const text = await readFile(join(place, ".dockerignore"), "utf8").catch(() => null);
    if (text === null) continue;
    const rules = create().add(text);
    const above = relative(place, join(root, artifact));
    return { excluded: (path) => isOurs(below + path) || rules.ignores(join(above, path)), text };
  }
  return { excluded: (path) => isOurs(below + path), text: "" };
}

/** Contents of files that were read before and have not changed since. */
function knownContents(root: string, state: string): { contentOf: ContentOf; save(): Promise<void> } {
  const index = openFileIndex(join(state, "cache", "artifacts.json"), root);
  const read = async (source: string, stats: Stats): Promise<string> => {
    const readAt = Date.now();
    const digest = await contentDigest(source, stats);
    index.remember(source, stats, digest, readAt);
    return digest;
  };
  return {
    contentOf: (source, stats) => index.find(source, stats) ?? read(source, stats),
    save: () => index.save(),
  };
}

/** The tool's own state and git's are in no image, whatever is copied. */
const isOurs = (path: string): boolean => /^\.(git|bellwether)(\/|$)/.test(path);

/** What is shipped, relative to the root: the artifact, or what a Dockerfile sees. */
export const shippedPath = ({ dockerfile }: ImageSpec, { artifact }: Component): string =>
  dockerfile === null ? (artifact ?? ".") : dockerfile.context;

/** The tag `in-KEY`: from the keys of the steps that make the artifact, or from the artifact's own content. */
export async function keyOf(
  { root, state }: Pick<ImageWork, "root" | "state">,
  { image, component }: { image: ImageSpec; component: Component },
  base: string | null,
  exclusion: Exclusion,
  facts: RunFacts,
): Promise<Result<string>> {
  const { dockerfile } = image;
  const step = buildId(component.name);
  // What a Dockerfile copies is known by its content only.
  const keys = component.build === null || dockerfile !== null ? {} : { [step]: facts.keys[step] ?? null };
  const artifact = shippedPath(image, component);
  const artifacts: string[] = [];
  if (needsArtifactDigest(keys)) {
    const known = knownContents(root, state);
    const paths = new Set(image.platforms.map((platform) => artifactPath(join(root, artifact), platform)));
    for (const path of paths) {
      const owner = { component: component.name, step: `image:${image.name}` };
      const found = await artifactDigest(path, owner, exclusion.excluded, known.contentOf);
      if (!found.ok) return found;
      artifacts.push(found.value);
    }
    await known.save();
  }
  // Where it goes and under which names does not change what is in it.
  const { repository: _, publish: __, tags: ___, name: ____, base: _____, ...definition } = image;
  const { command, port } = component;
  // It need not be a part of what it sees.
  const recipe =
    dockerfile === null ? null : await readFile(join(root, dockerfile.file), "utf8").catch(() => null);
  if (dockerfile !== null && recipe === null)
    return fail({ kind: "artifact-missing", component: component.name, path: dockerfile.file });
  return ok(
    tagKey(
      inputKey({
        definition: { ...definition, command, port, artifact, excluded: exclusion.text, recipe },
        base,
        keys,
        artifact: artifacts.length > 0 ? artifacts : null,
      }),
    ),
  );
}
