import { sha256 } from "../../canonical.ts";
import type { Platform } from "../../config/config.ts";
import type { Clock } from "../../io/clock.ts";
import { bytesOf } from "../../io/exchange.ts";
import { fail, ok, type Result } from "../../result.ts";
import { hasBlob, parseJson, writeExpected } from "../blobs.ts";
import { isSystemError, onDisk } from "../disk.ts";
import { addToIndex } from "../layout.ts";
import { isFor } from "../manifests.ts";
import { indexTypes, manifestTypes } from "../media.ts";
import { type Descriptor, descriptorSchema, indexSchema, manifestSchema } from "../shapes.ts";
import { inParallel } from "./parallel.ts";
import { type Reference, referenceText } from "./reference.ts";
import { openSession, type RegistryTools, type Session } from "./session.ts";

/** Largest manifest or index in bytes (distribution-spec, pulling manifests: at least 4 MB must be taken). */
const largestManifest = 4 * 1024 * 1024;

/** Blobs that are fetched at once. */
const lanes = 4;

/** Times that a blob is asked for whose connection is cut. */
const attempts = 3;

const accept = [...manifestTypes, ...indexTypes].join(", ");

/** The digest (sha256:…) that a reference means now, and what is there; null where there is nothing. */
export async function resolveReference(
  reference: Reference,
  tools: RegistryTools,
): Promise<Result<Descriptor | null>> {
  const session = openSession(reference.registry, reference.repository, "pull", tools);
  return headOf(session, reference.digest ?? reference.tag ?? "latest");
}

/** What a tag or a digest names, without its content; a registry that does not say its digest is read. */
export async function headOf(session: Session, name: string): Promise<Result<Descriptor | null>> {
  const action = `look up ${name}`;
  const answer = await session.call({
    method: "HEAD",
    path: `manifests/${name}`,
    headers: { accept },
    expected: [200, 404],
    action,
  });
  if (!answer.ok) return answer;
  const { status, headers, body } = answer.value;
  body.resume();
  if (status === 404) return ok(null);
  const read = descriptorSchema.safeParse({
    mediaType: headers["content-type"]?.split(";")[0],
    digest: headers["docker-content-digest"],
    size: Number(headers["content-length"]),
  });
  if (read.success) return ok(read.data);
  const manifest = await manifestOf(session, name);
  return manifest.ok && manifest.value !== null ? ok(manifest.value.descriptor) : (manifest as Result<null>);
}

export type Fetched = { descriptor: Descriptor; text: string };

/** A manifest or an index by tag or digest; null where there is none. What it says it is, is checked. */
export async function manifestOf(session: Session, name: string): Promise<Result<Fetched | null>> {
  const action = `fetch the manifest ${name}`;
  const answer = await session.call({
    method: "GET",
    path: `manifests/${name}`,
    headers: { accept },
    expected: [200, 404],
    action,
  });
  if (!answer.ok) return answer;
  if (answer.value.status === 404) {
    answer.value.body.resume();
    return ok(null);
  }
  const bytes = await bytesOf(answer.value, largestManifest);
  if (!bytes.ok) return fail(session.failed(action, 200, bytes.failure));
  const digest = `sha256:${sha256(bytes.value)}`;
  const told = name.startsWith("sha256:") ? name : answer.value.headers["docker-content-digest"];
  if (told !== undefined && told !== digest)
    return fail(session.failed(action, 200, `what came has the digest ${digest}, not ${told}`));
  const text = bytes.value.toString("utf8");
  const mediaType = answer.value.headers["content-type"]?.split(";")[0] ?? "";
  return ok({ descriptor: { mediaType, digest, size: bytes.value.length }, text });
}

/**
 * Fetches an image into a layout: the manifest, or the index with the manifests of the platforms that are wanted,
 * and all their blobs that the layout lacks. Every digest is checked; index.json is written last.
 */
export const pullImage = (
  session: Session,
  digest: string,
  platforms: Platform[],
  layout: string,
  clock: Clock,
): Promise<Result<{ blobs: number; bytes: number }>> =>
  onDisk("keep the image that is fetched", () => pull(session, digest, platforms, layout, clock));

async function pull(
  session: Session,
  digest: string,
  platforms: Platform[],
  layout: string,
  clock: Clock,
): Promise<Result<{ blobs: number; bytes: number }>> {
  const { registry, repository } = session;
  const name = referenceText({ registry, repository, tag: null, digest });
  const top = await take(session, digest, layout);
  if (!top.ok) return top;
  if (top.value === null)
    return fail({
      kind: "image-missing",
      image: name,
      version: digest,
      available: [],
    });
  const { descriptor, text } = top.value;
  const manifests: string[] = [];
  if (indexTypes.includes(descriptor.mediaType)) {
    const index = parseJson(name, text, indexSchema);
    if (!index.ok) return index;
    const wanted = index.value.manifests.filter(({ platform }) => isFor(platforms, platform));
    for (const each of wanted) {
      const manifest = await take(session, each.digest, layout);
      if (!manifest.ok) return manifest;
      if (manifest.value === null)
        return fail(
          session.failed(`fetch the manifest ${each.digest}`, 404, "the index names it, and it is not there"),
        );
      manifests.push(manifest.value.text);
    }
  } else manifests.push(text);
  const blobs = new Map<string, Descriptor>();
  for (const each of manifests) {
    const manifest = parseJson(name, each, manifestSchema);
    if (!manifest.ok) return manifest;
    for (const blob of [manifest.value.config, ...manifest.value.layers]) blobs.set(blob.digest, blob);
  }
  let bytes = 0;
  let fetched = 0;
  const done = await inParallel([...blobs.values()], lanes, async (blob) => {
    const taken = await fetchBlob(session, blob, layout);
    if (!taken.ok) return taken;
    if (taken.value) {
      bytes += blob.size;
      fetched += 1;
    }
    return ok(undefined);
  });
  if (!done.ok) return done;
  const added = await addToIndex(layout, descriptor, [], clock);
  return added.ok ? ok({ blobs: fetched, bytes }) : added;
}

async function take(session: Session, digest: string, layout: string): Promise<Result<Fetched | null>> {
  const found = await manifestOf(session, digest);
  if (!found.ok || found.value === null) return found;
  const { descriptor, text } = found.value;
  await writeExpected(layout, descriptor, [Buffer.from(text)]);
  return found;
}

/** True where it was fetched, false where the layout has it. */
export async function fetchBlob(
  session: Session,
  blob: Descriptor,
  layout: string,
): Promise<Result<boolean>> {
  if (await hasBlob(layout, blob)) return ok(false);
  const action = `fetch the blob ${blob.digest}`;
  let reason = "";
  for (let attempt = 0; attempt < attempts; attempt++) {
    const answer = await session.call({
      method: "GET",
      path: `blobs/${blob.digest}`,
      expected: [200],
      action,
    });
    if (!answer.ok) return answer;
    try {
      const written = await writeExpected(layout, blob, answer.value.body);
      if (written === null) return ok(true);
      // Another content will not become the right one by asking again.
      return fail(session.failed(action, 200, written));
    } catch (error) {
      if (isSystemError(error) && error.syscall !== "read") throw error;
      reason = error instanceof Error ? error.message : String(error);
    }
  }
  return fail(session.failed(action, null, `the connection was cut (${reason})`));
}
