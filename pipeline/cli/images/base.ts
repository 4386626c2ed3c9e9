import { join } from "node:path";
import type { ImageSpec } from "../../config/config.ts";
import { isReference } from "../../config/rules-images.ts";
import { parseReference } from "../../image/registry/reference.ts";
import { ok, type Result } from "../../result.ts";
import { readPins } from "./pins.ts";
import type { ImageWork } from "./work.ts";

/** What an image stands on, before anything of it is fetched. */
export type BasePlace = {
  /** Null for scratch. */
  digest: string | null;
  /** The reference as it was written; null for scratch and for a layout of the repository. */
  name: string | null;
  /** Its digest cannot change behind our back: it is named by it, or written down. */
  pinned: boolean;
  /** Sees to it that the layout is there, and gives its path, or "scratch". */
  layout(): Promise<Result<string>>;
  notes: string[];
};

/** What speaks with registries is loaded when one is asked. */
const registry = () => import("./base-registry.ts");

/** Finds the base. A tag is resolved once: what follows is by digest, wherever the tag goes meanwhile (B8). */
export async function findBase(work: ImageWork, image: ImageSpec): Promise<Result<BasePlace>> {
  const { base } = image;
  if (base === "scratch")
    return ok({ digest: null, name: null, pinned: true, layout: async () => ok("scratch"), notes: [] });
  if (!isReference(base)) {
    const path = join(work.root, base);
    const { baseDigest } = await import("../../image/base.ts");
    const digest = await baseDigest(path);
    return digest.ok
      ? ok({ digest: digest.value, name: null, pinned: true, layout: async () => ok(path), notes: [] })
      : digest;
  }
  const reference = parseReference(base);
  if (reference === null)
    throw new Error(`${base} is not a reference, though the rules of the config let it pass`);
  const pins = await readPins(work.root);
  if (!pins.ok) return pins;
  const pinned = reference.digest ?? pins.value.bases[base] ?? null;
  const digest = pinned === null ? await (await registry()).resolved(work, base) : ok(pinned);
  if (!digest.ok) return digest;
  const notes =
    pinned === null
      ? [
          `${base} is ${digest.value} today; \`bellwether pin\` keeps it so that a release finds this image again`,
        ]
      : [];
  const layout = join(work.state, "bases", digest.value.replace(":", "-"));
  const fetch = async (): Promise<Result<string>> => {
    const { fetchBase } = await registry();
    return fetchBase(work, reference, digest.value, image.platforms, layout);
  };
  return ok({ digest: digest.value, name: base, pinned: pinned !== null, layout: fetch, notes });
}
