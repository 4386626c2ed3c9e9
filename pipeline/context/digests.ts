import { fail, ok, type Result } from "../result.ts";

/** Digests that images may have, by the image's name or its repository. */
export type ExpectedDigests = Record<string, string[]>;

/** Reads texts such as api=sha256:… and registry.example/api@sha256:…, as `publish` gives them. */
export function expectedDigests(texts: string[]): Result<ExpectedDigests> {
  const found: ExpectedDigests = {};
  for (const text of texts) {
    const parts = /^([a-z0-9][a-z0-9._:/-]*)[=@](sha256:[0-9a-f]{64})$/.exec(text);
    if (parts?.[1] === undefined || parts[2] === undefined)
      return fail({
        kind: "usage",
        got: `the digest ${JSON.stringify(text.slice(0, 120))}`,
        expected: "IMAGE=sha256:… or REPOSITORY@sha256:…, with 64 hexadecimal digits",
        remedy: "Hand on what `publish` gave when the image was made.",
      });
    found[parts[1]] = [...(found[parts[1]] ?? []), parts[2]];
  }
  return ok(found);
}
