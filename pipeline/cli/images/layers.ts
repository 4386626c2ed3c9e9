import type { Platform } from "../../config/config.ts";
import { type ImageLayers, imageLayers } from "../../image/unpack.ts";
import { explain } from "../../report/failure.ts";
import { fail, ok, type Result } from "../../result.ts";

/** An image of a layout as layers for a host of this platform; a failure is one sentence. */
export async function layersOn(
  layout: string,
  digest: string,
  platform: Platform,
): Promise<Result<ImageLayers, string>> {
  const found = await imageLayers({ layout, digest, platform });
  return found.ok ? ok(found.value) : fail(explain(found.failure).what);
}
