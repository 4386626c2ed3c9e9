import type { Platform } from "../config/config.ts";
import { ok, type Result } from "../result.ts";
import { readJson } from "./blobs.ts";
import { architecture } from "./elf.ts";
import { indexTypes } from "./media.ts";
import { type Descriptor, indexSchema } from "./shapes.ts";

/** The manifests of an image of a layout: those of its index, or itself. */
export async function manifestsOf(layout: string, image: Descriptor): Promise<Result<Descriptor[]>> {
  if (!indexTypes.includes(image.mediaType)) return ok([image]);
  const index = await readJson(layout, image, indexSchema);
  return index.ok ? ok(index.value.manifests) : index;
}

/** Whether a manifest is for one of the platforms; one of no platform in particular is for all of them. */
export const isFor = (platforms: Platform[], platform: Descriptor["platform"]): boolean =>
  platform === undefined ||
  platforms.some((wanted) => platform.os === "linux" && platform.architecture === architecture(wanted));
