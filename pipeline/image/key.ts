import { digestOf, sha256 } from "../canonical.ts";

/** Everything that decides an image's content but the commit: equal inputs, equal key. */
export type ImageInputs = {
  /** How it is made and what it says about running: a JSON value. */
  definition: Record<string, unknown>;
  /** Digest of the base, or null for scratch. */
  base: string | null;
  /** Cache keys of the steps that it needs, by step id; null for a step that is not cacheable. */
  keys: Record<string, string | null>;
  /** `artifactDigest` of each artifact path; needed where `needsArtifactDigest` says so, else null. */
  artifact: string[] | null;
};

/** Rises when the same inputs give other bytes. */
const writerVersion = 4;

/** Whether the keys do not say what the artifact is made of: there is none, or one of them is null. */
export const needsArtifactDigest = (keys: Record<string, string | null>): boolean =>
  Object.keys(keys).length === 0 || Object.values(keys).includes(null);

/** The key (sha256, hex) under which an image of the same inputs is found again; the commit is not in it. */
export function inputKey(inputs: ImageInputs): string {
  const byContent = needsArtifactDigest(inputs.keys);
  if (byContent && inputs.artifact === null) throw new Error("the artifact's digest is needed for this key");
  return digestOf({
    writer: writerVersion,
    definition: inputs.definition,
    base: inputs.base,
    ...(byContent ? { artifact: inputs.artifact } : { keys: inputs.keys }),
  });
}

/** The tag that says "made from these inputs": `in-KEY`, at most 128 characters (distribution-spec, tags). */
export const tagKey = (key: string): string =>
  /^[A-Za-z0-9._-]{1,125}$/.test(key) ? `in-${key}` : `in-${sha256(key)}`;
