import { ok, type Result } from "../result.ts";
import { readJson } from "./blobs.ts";
import { type Descriptor, indexSchema, indexTypes } from "./media.ts";

/** The manifests of an image of a layout: those of its index, or itself. */
export async function manifestsOf(layout: string, image: Descriptor): Promise<Result<Descriptor[]>> {
  if (!indexTypes.includes(image.mediaType)) return ok([image]);
  const index = await readJson(layout, image, indexSchema);
  return index.ok ? ok(index.value.manifests) : index;
}
