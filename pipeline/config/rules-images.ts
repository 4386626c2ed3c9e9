import type { Rule } from "./rules-types.ts";
import type { WrittenImage } from "./schema-images.ts";
import type { Seed } from "./seed.ts";

const each = (
  images: Record<string, WrittenImage> | undefined,
  one: (name: string, image: WrittenImage) => Seed[],
): Seed[] => Object.entries(images ?? {}).flatMap(([name, image]) => one(name, image));

/** A base is nothing at all, a reference with a tag or a digest, or a layout in the repository. */
export const basesAreWellFormed: Rule = (written) =>
  each(written.images, (name, { base }) => {
    if (
      base === undefined ||
      isReference(base) ||
      !/[:@]|^[/.]{1,2}\/|^\/|^\.\.$/.test(base.replace(/^\.\//, ""))
    )
      return [];
    return [
      {
        path: ["images", name, "base"],
        at: "value",
        expected:
          "scratch, a reference with a tag or a digest, or the path of an OCI layout directory in the repository",
        remedy:
          "Write scratch, something such as node:24-slim, or the path of a layout that `skopeo copy` made.",
      },
    ];
  });

/** Whether a base names an image of a registry: NAME:TAG, NAME@sha256:…, or both. */
export const isReference = (base: string): boolean =>
  /^[a-z0-9][a-z0-9.-]*(:\d+)?(\/[a-z0-9._-]+)*(:[A-Za-z0-9_][A-Za-z0-9._-]{0,127})?(@sha256:[0-9a-f]{64})?$/.test(
    base,
  ) && /:[^/]+$|@sha256:/.test(base);

/** A reference whose tag says which image it is: it may be another one tomorrow. */
export const namesTag = (base: string): boolean => isReference(base) && !base.includes("@sha256:");

/** Layers are made of an artifact, or a Dockerfile makes the image: one of the two. */
export const imagesAreMadeOfSomething: Rule = (written) => [
  ...each(written.images, (name, image) => {
    if (image.dockerfile === undefined || image.base === undefined) return [];
    return [
      {
        path: ["images", name, "base"],
        at: "value",
        got: "a base beside a Dockerfile",
        expected: "one of the two: a Dockerfile names its own base",
        remedy: "Remove base or dockerfile.",
      },
    ];
  }),
  ...Object.entries(written.components ?? {}).flatMap(([name, { artifact }]): Seed[] => {
    const made = Object.entries(written.images ?? {}).some(
      ([key, image]) => (image.component ?? key) === name && image.dockerfile !== undefined,
    );
    if (artifact !== undefined || made) return [];
    return [
      {
        path: ["components", name],
        at: "key",
        got: "a component without an artifact",
        expected: "the path of what is shipped, or an image of it that has a dockerfile",
        remedy: "Add artifact, or dockerfile to its image.",
        missingIn: ["components", name],
      },
    ];
  }),
];
