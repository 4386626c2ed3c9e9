import { stat } from "node:fs/promises";
import { bytesOf } from "../../io/exchange.ts";
import { fail, ok, type Result } from "../../result.ts";
import { blobPath, corrupt, readBlob, readJson } from "../blobs.ts";
import { manifestsOf } from "../manifests.ts";
import { type Descriptor, manifestSchema } from "../shapes.ts";
import { inParallel } from "./parallel.ts";
import { headOf } from "./pull.ts";
import { addReferrer } from "./referrers.ts";
import type { Session } from "./session.ts";

/** Blobs that are sent at once. */
const lanes = 4;

export type PushRequest = {
  layout: string;
  /** The image's index or manifest. */
  image: Descriptor;
  /** Manifests about it (SBOM, provenance), which are in the layout too. */
  referrers: Descriptor[];
  /** Tags that name one digest for ever, and ones that move on to this one. */
  tags: { fixed: string[]; moving: string[] };
};

/** `sent` blobs of `bytes`; `kept` were there. */
export type Pushed = { sent: number; kept: number; bytes: number };

/**
 * Sends an image: blobs that the registry lacks, several at once; the manifests when all of them are there; what is
 * about it; the tags last. Until then nobody who asks for a tag sees anything of it. A fixed tag that names another
 * digest is tag-exists, before anything is sent.
 */
export async function pushImage(session: Session, request: PushRequest): Promise<Result<Pushed>> {
  const { layout, image, tags } = request;
  for (const tag of tags.fixed) {
    const there = await headOf(session, tag);
    if (!there.ok) return there;
    if (there.value !== null && there.value.digest !== image.digest) {
      const name = `${session.registry}/${session.repository}`;
      return fail({ kind: "tag-exists", image: name, tag, digest: there.value.digest, wanted: image.digest });
    }
  }
  const parts = await partsOf(layout, [image, ...request.referrers]);
  if (!parts.ok) return parts;
  const pushed: Pushed = { sent: 0, kept: 0, bytes: 0 };
  const blobs = await inParallel(parts.value.blobs, lanes, async (blob) => {
    const sent = await sendBlob(session, layout, blob);
    if (!sent.ok) return sent;
    pushed[sent.value ? "sent" : "kept"] += 1;
    if (sent.value) pushed.bytes += blob.size;
    return ok(undefined);
  });
  if (!blobs.ok) return blobs;
  for (const manifest of [...parts.value.manifests, image]) {
    const put = await putManifest(session, layout, manifest, manifest.digest);
    if (!put.ok) return put;
  }
  for (const referrer of request.referrers) {
    const put = await putManifest(session, layout, referrer, referrer.digest);
    if (!put.ok) return put;
    const listed = put.value.subject ? ok(undefined) : await addReferrer(session, image.digest, referrer);
    if (!listed.ok) return listed;
  }
  for (const tag of [...tags.fixed, ...tags.moving]) {
    const put = await putManifest(session, layout, image, tag);
    if (!put.ok) return put;
  }
  return ok(pushed);
}

/** The platforms' manifests and all blobs, each once. */
async function partsOf(
  layout: string,
  tops: Descriptor[],
): Promise<Result<{ manifests: Descriptor[]; blobs: Descriptor[] }>> {
  const manifests = new Map<string, Descriptor>();
  const blobs = new Map<string, Descriptor>();
  for (const top of tops) {
    const own = await manifestsOf(layout, top);
    if (!own.ok) return own;
    for (const each of own.value) {
      if (each !== top) manifests.set(each.digest, each);
      const manifest = await readJson(layout, each, manifestSchema);
      if (!manifest.ok) return manifest;
      for (const blob of [manifest.value.config, ...manifest.value.layers]) blobs.set(blob.digest, blob);
    }
  }
  return ok({ manifests: [...manifests.values()], blobs: [...blobs.values()] });
}

/** Uploads one blob as a whole (distribution-spec, pushing blobs: POST then PUT); false where it is there already. */
async function sendBlob(session: Session, layout: string, blob: Descriptor): Promise<Result<boolean>> {
  const file = blobPath(layout, blob.digest);
  const found = await stat(file).catch(() => null);
  if (found?.size !== blob.size)
    return fail(corrupt(file, "image blob", "it is missing or has another size"));
  const action = `upload the blob ${blob.digest} (${blob.size} bytes)`;
  const there = await session.call({
    method: "HEAD",
    path: `blobs/${blob.digest}`,
    expected: [200, 404],
    action,
  });
  if (!there.ok) return there;
  there.value.body.resume();
  if (there.value.status === 200) return ok(false);
  let refused: Result<boolean> | null = null;
  // An upload that was cut has no end any more: it begins anew, at another address.
  for (let attempt = 0; attempt < 3; attempt++) {
    const begun = await session.call({ method: "POST", path: "blobs/uploads/", expected: [202], action });
    if (!begun.ok) return begun;
    begun.value.body.resume();
    const { location } = begun.value.headers;
    if (location === undefined) return fail(session.failed(action, 202, "it named no address to send it to"));
    const sent = await session.call({
      method: "PUT",
      path: withDigest(location, blob.digest),
      headers: { "content-type": "application/octet-stream" },
      body: { file, size: blob.size },
      expected: [201, 204],
      action,
    });
    if (sent.ok) {
      sent.value.body.resume();
      return ok(true);
    }
    refused = sent;
    if (sent.failure.kind !== "registry-failed" || !isAnew(sent.failure.status)) return sent;
  }
  return refused ?? fail(session.failed(action, null, "it was not sent"));
}

/** Cut, or an upload that the registry has forgotten. */
const isAnew = (status: number | null): boolean => status === null || status === 404;

function withDigest(location: string, digest: string): string {
  const mark = location.includes("?") ? "&" : "?";
  return `${location}${mark}digest=${encodeURIComponent(digest)}`;
}

/** Writes a manifest under its digest or a tag; what the registry says it got must be what was sent. */
async function putManifest(
  session: Session,
  layout: string,
  manifest: Descriptor,
  name: string,
): Promise<Result<{ subject: boolean }>> {
  const action = `write the manifest ${name}`;
  const bytes = await readBlob(layout, manifest);
  if (!bytes.ok) return bytes;
  const answer = await session.call({
    method: "PUT",
    path: `manifests/${name}`,
    headers: { "content-type": manifest.mediaType },
    body: { bytes: bytes.value },
    expected: [201],
    action,
  });
  if (!answer.ok) return answer;
  await bytesOf(answer.value, 64 * 1024);
  const told = answer.value.headers["docker-content-digest"];
  if (told !== undefined && told !== manifest.digest)
    return fail(session.failed(action, 201, `it says that it got ${told}, and ${manifest.digest} was sent`));
  return ok({ subject: answer.value.headers["oci-subject"] !== undefined });
}
