import { nearest } from "../config/nearest.ts";
import { imageTag } from "../context/version.ts";
import { findImage, listTags } from "../image/layout.ts";
import { fail, ok, type Result } from "../result.ts";
import { atDesk } from "./at-desk.ts";
import { publishImage } from "./images/publish.ts";
import { type ImageWork, imageOf, layoutOf, notBuilt } from "./images/work.ts";
import type { Settings } from "./settings.ts";
import { answer, say } from "./terminal.ts";

/** Sends images of this version that were built here to their repositories; all of them where none is named. */
export async function publish(settings: Settings, names: string[]): Promise<number> {
  return atDesk(settings, async ({ subject: { config, context }, desk }) => {
    const known = Object.keys(config.images);
    const strange = names.find((name) => !known.includes(name));
    if (strange !== undefined)
      return fail({
        kind: "unknown-name",
        what: "image",
        name: strange,
        known,
        nearest: nearest(strange, known),
      });
    const wanted = names.length === 0 ? known : names;
    const nothing = "an image in bellwether.yaml";
    if (wanted.length === 0)
      return fail({
        kind: "usage",
        got: "no images",
        expected: nothing,
        remedy: "Add images to bellwether.yaml.",
      });
    if (context.dirty)
      return fail({
        kind: "usage",
        got: "a working tree that differs from the commit",
        expected: "what is published to be what the commit says",
        remedy: "Commit the changes, then run `bellwether run image` and publish again.",
      });
    const work: ImageWork = { config, context, root: settings.root, state: settings.state, desk };
    const published: { image: string; address: string; notes: string[] }[] = [];
    for (const name of wanted) {
      const found = await builtHere(work, name);
      if (!found.ok) return found;
      const { digest, key } = found.value;
      const { image } = imageOf(work, name);
      const done = await publishImage(work, image, digest, key);
      if (!done.ok) return done;
      const address = `${image.repository}@${digest}`;
      published.push({ image: name, address, notes: done.value });
    }
    if (settings.json) answer(published);
    say(
      settings.json,
      published.flatMap(({ notes }) => notes),
    );
    return ok(0);
  });
}

/** The image of this version, and the tag of its inputs. */
async function builtHere(
  work: ImageWork,
  image: string,
): Promise<Result<{ digest: string; key: string | null }>> {
  const layout = layoutOf(work.state, image);
  const digest = await findImage(layout, imageTag(work.context.version));
  if (!digest.ok) return digest;
  if (digest.value === null) return notBuilt(work, image);
  const tags = await listTags(layout);
  if (!tags.ok) return tags;
  const key = tags.value.find((one) => one.digest === digest.value && one.tag.startsWith("in-"));
  return ok({ digest: digest.value, key: key?.tag ?? null });
}
