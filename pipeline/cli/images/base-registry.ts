import type { Platform } from "../../config/config.ts";
import { pullImage, resolveReference } from "../../image/registry/pull.ts";
import { parseReference, type Reference, referenceText } from "../../image/registry/reference.ts";
import { openSession } from "../../image/registry/session.ts";
import { fail, ok, type Result } from "../../result.ts";
import { withRegistry } from "./registry.ts";
import type { ImageWork } from "./work.ts";

/** The digest that a reference names at this moment. */
export async function resolved(work: ImageWork, base: string): Promise<Result<string>> {
  const reference = parseReference(base);
  if (reference === null) throw new Error(`${base} is no reference`);
  const found = await withRegistry(work, (tools) => resolveReference(reference, tools));
  if (!found.ok) return found;
  if (found.value !== null) return ok(found.value.digest);
  return fail({
    kind: "image-missing",
    image: referenceText({ ...reference, tag: null, digest: null }),
    version: reference.digest ?? reference.tag ?? "latest",
    available: [],
  });
}

/** Fetches a base into a layout of its own, and gives the path of that. */
export async function fetchBase(
  work: ImageWork,
  { registry, repository }: Reference,
  digest: string,
  platforms: Platform[],
  layout: string,
): Promise<Result<string>> {
  const pulled = await withRegistry(work, (tools) => {
    const session = openSession(registry, repository, "pull", tools);
    return pullImage(session, digest, platforms, layout, tools.clock);
  });
  return pulled.ok ? ok(layout) : pulled;
}
