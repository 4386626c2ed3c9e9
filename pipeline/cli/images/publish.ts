import type { ImageSpec } from "../../config/config.ts";
import { tagsOf } from "../../context/tags.ts";
import { imageTag } from "../../context/version.ts";
import { attachedTo } from "../../image/about/attach.ts";
import { imageIn, tagImage } from "../../image/layout.ts";
import { headOf, pullImage } from "../../image/registry/pull.ts";
import { pushImage } from "../../image/registry/push.ts";
import { parseReference } from "../../image/registry/reference.ts";
import { pullReferrers } from "../../image/registry/referrers.ts";
import { openSession } from "../../image/registry/session.ts";
import { tagsIn } from "../../image/registry/tags.ts";
import { ok, type Result } from "../../result.ts";
import { withRegistry } from "./registry.ts";
import { type ImageWork, layoutOf } from "./work.ts";

/** The repository of an image, which the configuration's schema has seen to. */
function repositoryOf(image: ImageSpec): { registry: string; repository: string } {
  const reference = parseReference(image.repository);
  if (reference === null) throw new Error(`${image.repository} is no repository`);
  return reference;
}

/**
 * Sends an image of the layout with all that is about it, and gives it its tags, the key of its inputs among them.
 * What differs from its commit is not published. Gives notes of what was done.
 */
export async function publishImage(
  work: ImageWork,
  image: ImageSpec,
  digest: string,
  key: string | null,
): Promise<Result<string[]>> {
  const { context, state } = work;
  if (context.dirty) return ok([`not published: the working tree differs from the commit`]);
  const layout = layoutOf(state, image.name);
  const entry = await imageIn(layout, digest);
  if (!entry.ok) return entry;
  const referrers = await attachedTo(layout, digest);
  if (!referrers.ok) return referrers;
  return withRegistry(work, async (tools) => {
    const repository = repositoryOf(image);
    const session = openSession(repository.registry, repository.repository, "pull,push", tools);
    const existing = await tagsIn(session);
    if (!existing.ok) return existing;
    const { fixed, moving } = tagsOf(image.tags, { context, existing: existing.value });
    const always = [imageTag(context.version), ...(key === null ? [] : [key])];
    const tags = {
      fixed: [...new Set([...fixed, ...always])],
      moving: moving.filter((tag) => !always.includes(tag)),
    };
    const pushed = await pushImage(session, { layout, image: entry.value, referrers: referrers.value, tags });
    if (!pushed.ok) return pushed;
    const { sent, kept, bytes } = pushed.value;
    const shown = [...tags.fixed.filter((tag) => !tag.startsWith("in-")), ...tags.moving];
    return ok([
      `published ${image.repository}@${digest}: ${sent} blobs sent (${bytes} bytes), ${kept} were there; tags ${shown.join(", ")}`,
    ]);
  });
}

/** What a tag names in the repository, fetched into the layout with what is about it, and tagged there; null for none. */
export async function fetchKnown(
  work: ImageWork,
  image: ImageSpec,
  tag: string,
): Promise<Result<string | null>> {
  const layout = layoutOf(work.state, image.name);
  return withRegistry(work, async (tools) => {
    const repository = repositoryOf(image);
    const session = openSession(repository.registry, repository.repository, "pull", tools);
    const found = await headOf(session, tag);
    if (!found.ok || found.value === null) return found.ok ? ok(null) : found;
    const { digest } = found.value;
    const pulled = await pullImage(session, digest, image.platforms, layout, tools.clock);
    if (!pulled.ok) return pulled;
    const about = await pullReferrers(session, digest, layout, tools.clock);
    if (!about.ok) return about;
    const tagged = await tagImage(layout, digest, tag);
    return tagged.ok ? ok(digest) : tagged;
  });
}
