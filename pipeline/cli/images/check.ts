import type { ImageSpec } from "../../config/config.ts";
import { sizeText } from "../../config/units.ts";
import { baseImage } from "../../image/base.ts";
import { parseConfigTime } from "../../image/config.ts";
import { harmfulIn, platformsOf } from "../../image/inspect.ts";
import { imageIn, readIndex } from "../../image/layout.ts";
import { ok, type Result } from "../../result.ts";
import { buildSecrets } from "./secrets.ts";
import { type ImageWork, layoutOf } from "./work.ts";

/**
 * What keeps an image from being used: its size, its base's age and, where a Dockerfile made it, root and secrets;
 * empty where nothing does. `base` is the layout of what it stands on, or "scratch".
 */
export async function problemsOf(
  work: ImageWork,
  image: ImageSpec,
  digest: string,
  base: string,
): Promise<Result<string[]>> {
  const layout = layoutOf(work.state, image.name);
  const entry = await imageIn(layout, digest);
  if (!entry.ok) return entry;
  const platforms = await platformsOf(layout, entry.value);
  if (!platforms.ok) return platforms;
  const problems: string[] = [];
  const { maxSizeBytes, maxBaseAgeMs, dockerfile } = image;
  for (const { platform, bytes } of platforms.value)
    if (maxSizeBytes !== null && bytes > maxSizeBytes)
      problems.push(
        `${platform}: its layers have ${sizeText(bytes)}, and max-size is ${sizeText(maxSizeBytes)}`,
      );
  if (maxBaseAgeMs !== null) {
    for (const platform of image.platforms) {
      const born =
        dockerfile === null
          ? await bornBase(base, platform)
          : ok(parseConfigTime(platforms.value.find((one) => one.platform === platform)?.config ?? null));
      if (!born.ok) return born;
      const days = born.value === null ? null : Math.floor((work.desk.clock.now() - born.value) / 86_400_000);
      // No evidence is never a pass: a base without a date may be of any age.
      if (days === null && base !== "scratch")
        problems.push(`${platform}: its base does not say how old it is`);
      if (days !== null && days * 86_400_000 > maxBaseAgeMs)
        problems.push(
          `${platform}: its base is ${days} days old, and max-base-age is ${maxBaseAgeMs / 86_400_000}d`,
        );
    }
  }
  if (dockerfile !== null) {
    const secrets = await buildSecrets(work, dockerfile);
    if (!secrets.ok) return secrets;
    const values = Object.values(secrets.value);
    for (const each of platforms.value) problems.push(...(await harmfulIn(layout, each, values)));
  }
  return ok([...new Set(problems)]);
}

async function bornBase(
  base: string,
  platform: ImageSpec["platforms"][number],
): Promise<Result<number | null>> {
  if (base === "scratch") return ok(null);
  const found = await baseImage(base, platform);
  return found.ok ? ok(parseConfigTime(found.value.config)) : found;
}

/** How large the packed layers are, and how much larger or smaller than those of the image that was made before. */
export async function sizeNotes(layout: string, digest: string): Promise<Result<string[]>> {
  const read = await readIndex(layout);
  if (!read.ok) return read;
  const images = read.value.index.manifests.filter(({ artifactType }) => artifactType === undefined);
  const own = images.find((entry) => entry.digest === digest);
  const before = images.filter((entry) => entry.digest !== digest).at(-1);
  if (own === undefined) return ok([]);
  const now = await platformsOf(layout, own);
  const then = before === undefined ? ok([]) : await platformsOf(layout, before);
  if (!now.ok) return now;
  return ok(
    now.value.map(({ platform, bytes }) => {
      // One that is damaged says nothing about this one.
      const old = then.ok ? then.value.find((one) => one.platform === platform)?.bytes : undefined;
      return `${platform}: ${sizeText(bytes)} packed${old === undefined ? "" : difference(bytes - old)}`;
    }),
  );
}

/** Less than what is shown of a size is no difference. */
const difference = (bytes: number): string =>
  Math.abs(bytes) < 103
    ? ", as before"
    : `, ${sizeText(Math.abs(bytes))} ${bytes > 0 ? "more" : "less"} than the one before`;
