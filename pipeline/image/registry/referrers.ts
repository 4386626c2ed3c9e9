import { canonicalJson } from "../../canonical.ts";
import type { Clock } from "../../io/clock.ts";
import { bytesOf } from "../../io/exchange.ts";
import { fail, ok, type Result } from "../../result.ts";
import { parseJson, writeExpected } from "../blobs.ts";
import { onDisk } from "../disk.ts";
import { addToIndex } from "../layout.ts";
import { media } from "../media.ts";
import { type Descriptor, type ImageIndex, indexSchema, manifestSchema } from "../shapes.ts";
import { fetchBlob, manifestOf } from "./pull.ts";
import type { Session } from "./session.ts";

/** The tag under which what is about an image is listed where a registry has no list of its own (distribution-spec). */
export const fallbackTag = (digest: string): string => digest.replace(":", "-");

/** What is known about an image: by the registry's list, or by the tag that stands for it. */
export async function referrersOf(session: Session, digest: string): Promise<Result<Descriptor[]>> {
  const action = `list what is about ${digest}`;
  const answer = await session.call({
    method: "GET",
    path: `referrers/${digest}`,
    headers: { accept: media.index },
    // A registry that does not know the question may also call it bad.
    expected: [200, 400, 404, 405],
    action,
  });
  if (!answer.ok) return answer;
  if (answer.value.status !== 200) {
    answer.value.body.resume();
    const listed = await fallbackIndex(session, digest);
    return listed.ok ? ok(listed.value.manifests) : listed;
  }
  const bytes = await bytesOf(answer.value, 4 * 1024 * 1024);
  if (!bytes.ok) return fail(session.failed(action, 200, bytes.failure));
  const index = parseJson(`referrers of ${digest}`, bytes.value.toString("utf8"), indexSchema);
  return index.ok ? ok(index.value.manifests) : index;
}

async function fallbackIndex(session: Session, digest: string): Promise<Result<ImageIndex>> {
  const empty: ImageIndex = { schemaVersion: 2, mediaType: media.index, manifests: [] };
  const found = await manifestOf(session, fallbackTag(digest));
  if (!found.ok) return found;
  return found.value === null ? ok(empty) : parseJson(fallbackTag(digest), found.value.text, indexSchema);
}

/** Enters what is about an image in the list that stands for a registry's own. */
export async function addReferrer(
  session: Session,
  digest: string,
  referrer: Descriptor,
): Promise<Result<void>> {
  const listed = await fallbackIndex(session, digest);
  if (!listed.ok) return listed;
  const { manifests } = listed.value;
  if (manifests.some((one) => one.digest === referrer.digest)) return ok(undefined);
  const index: ImageIndex = { schemaVersion: 2, mediaType: media.index, manifests: [...manifests, referrer] };
  const answer = await session.call({
    method: "PUT",
    path: `manifests/${fallbackTag(digest)}`,
    headers: { "content-type": media.index },
    body: { bytes: Buffer.from(canonicalJson(index)) },
    expected: [201],
    action: `list what is about ${digest}`,
  });
  if (!answer.ok) return answer;
  answer.value.body.resume();
  return ok(undefined);
}

/** Fetches what is about an image into its layout; gives how much it is. */
export const pullReferrers = (
  session: Session,
  digest: string,
  layout: string,
  clock: Clock,
): Promise<Result<number>> =>
  onDisk("keep what is about the image", () => pullAll(session, digest, layout, clock));

async function pullAll(
  session: Session,
  digest: string,
  layout: string,
  clock: Clock,
): Promise<Result<number>> {
  const listed = await referrersOf(session, digest);
  if (!listed.ok) return listed;
  for (const referrer of listed.value) {
    const found = await manifestOf(session, referrer.digest);
    if (!found.ok) return found;
    if (found.value === null)
      return fail(session.failed(`fetch the manifest ${referrer.digest}`, 404, "it is listed and not there"));
    const { descriptor, text } = found.value;
    const manifest = parseJson(referrer.digest, text, manifestSchema);
    if (!manifest.ok) return manifest;
    // Whoever writes into the list could enter anything: what is about something else does not count.
    if (manifest.value.subject?.digest !== digest) continue;
    for (const blob of [manifest.value.config, ...manifest.value.layers]) {
      const fetched = await fetchBlob(session, blob, layout);
      if (!fetched.ok) return fetched;
    }
    await writeExpected(layout, descriptor, [Buffer.from(text)]);
    const artifactType = manifest.value.artifactType ?? manifest.value.config.mediaType;
    const added = await addToIndex(layout, { ...descriptor, artifactType }, [], clock);
    if (!added.ok) return added;
  }
  return ok(listed.value.length);
}
