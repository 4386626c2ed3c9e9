import { fail, ok, type Result } from "../../result.ts";
import { type ImageSignature, payloadType, signatureAnnotation } from "../about/signatures.ts";
import { parseJson, readBlob } from "../blobs.ts";
import { onDisk } from "../disk.ts";
import { type Manifest, manifestSchema } from "../shapes.ts";
import { fetchBlob, manifestOf } from "./pull.ts";
import { fallbackTag, referrersOf } from "./referrers.ts";
import type { Session } from "./session.ts";

/** What a manifest of cosign's signatures is, where it is listed as being about an image. */
const artifactType = "application/vnd.dev.cosign.artifact.sig.v1+json";

/** Greatest payload (bytes) and number of signatures that are looked at: whoever may write there may write any. */
const largestPayload = 64 * 1_024;
const mostSignatures = 100;

/** Signatures of an image that a registry has: under cosign's own tag (sha256-HEX.sig), and among what is about it. */
export const signaturesOf = (
  session: Session,
  digest: string,
  scratch: string,
): Promise<Result<ImageSignature[]>> =>
  onDisk("keep the signatures of the image", () => collect(session, digest, scratch));

async function collect(session: Session, digest: string, scratch: string): Promise<Result<ImageSignature[]>> {
  const listed = await referrersOf(session, digest);
  if (!listed.ok) return listed;
  const about = listed.value.filter((one) => one.artifactType === artifactType);
  const found: ImageSignature[] = [];
  for (const name of [`${fallbackTag(digest)}.sig`, ...about.map((one) => one.digest)]) {
    const manifest = await manifestOf(session, name);
    if (!manifest.ok) return manifest;
    if (manifest.value === null) continue;
    const read = parseJson(name, manifest.value.text, manifestSchema);
    if (!read.ok) return read;
    const signatures = await inManifest(session, read.value, scratch);
    if (!signatures.ok) return signatures;
    found.push(...signatures.value);
    if (found.length > mostSignatures)
      return fail(
        session.failed(`read the signatures of ${digest}`, null, `there are over ${mostSignatures}`),
      );
  }
  return ok(found);
}

async function inManifest(
  session: Session,
  { layers }: Manifest,
  scratch: string,
): Promise<Result<ImageSignature[]>> {
  const found: ImageSignature[] = [];
  for (const layer of layers.slice(0, mostSignatures + 1)) {
    const signature = layer.annotations?.[signatureAnnotation];
    if (layer.mediaType !== payloadType || signature === undefined || layer.size > largestPayload) continue;
    const fetched = await fetchBlob(session, layer, scratch);
    if (!fetched.ok) return fetched;
    const payload = await readBlob(scratch, layer);
    if (!payload.ok) return payload;
    found.push({ payload: payload.value, signature: Buffer.from(signature, "base64") });
  }
  return ok(found);
}
