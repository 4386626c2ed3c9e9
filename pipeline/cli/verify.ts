import { imageTag } from "../context/version.ts";
import { attachedTo, documentsAbout } from "../image/about/attach.ts";
import { readProvenance, statementType } from "../image/about/provenance.ts";
import { sbomType } from "../image/about/sbom.ts";
import type { SignerKey } from "../image/about/signatures.ts";
import { platformsOf } from "../image/inspect.ts";
import { imageIn } from "../image/layout.ts";
import { headOf, pullImage } from "../image/registry/pull.ts";
import { parseReference, referenceText } from "../image/registry/reference.ts";
import { pullReferrers } from "../image/registry/referrers.ts";
import { openSession } from "../image/registry/session.ts";
import { inTemporary } from "../io/temporary.ts";
import { fail, ok, type Result } from "../result.ts";
import { atDesk } from "./at-desk.ts";
import { withRegistry } from "./images/registry.ts";
import { signerKeys, signersOf, unsigned } from "./images/signed.ts";
import type { ImageWork } from "./images/work.ts";
import type { Settings } from "./settings.ts";
import { answer, say } from "./terminal.ts";

/** What else signs an image: its signatures are counted, and not checked. */
const notation = "application/vnd.cncf.notary.signature";

type Verified = {
  image: string;
  digest: string;
  platforms: string[];
  sbom: number;
  provenance: { source: string | null; builder: string; revision: string | null }[];
  signatures: number;
  /** Files of the keys that signed it. */
  signedBy: string[];
};

/**
 * Fetches an image with all that is about it, and checks it: every digest and size, every layer's, and that what is
 * about it is about this digest. With keys (those of the environments, without any) one of them must have signed it.
 * Nothing is kept.
 */
export async function verify(settings: Settings, text: string, named: string[] | null): Promise<number> {
  return atDesk(settings, async ({ subject: { config, context }, desk }) => {
    const work: ImageWork = { config, context, root: settings.root, state: settings.state, desk };
    const files = named ?? [...new Set(Object.values(config.environments).flatMap((one) => one.signedBy))];
    const keys = await signerKeys(settings.root, files);
    if (!keys.ok) return keys;
    const repository = config.images[text]?.repository ?? text;
    const done = await verified(work, repository, context.version, keys.value);
    if (!done.ok) return done;
    const { image, digest, platforms, sbom, provenance } = done.value;
    if (settings.json) answer(done.value);
    say(settings.json, [
      `${image}@${digest} is whole: ${platforms.join(", ")}`,
      ...(sbom === 0 ? ["It has no list of what it is made of (SBOM)."] : [`SBOM: ${sbom}, of this digest`]),
      ...(provenance.length === 0 ? ["It has no provenance."] : []),
      ...provenance.map(
        ({ source, builder, revision }) =>
          `built from ${source ?? "an unknown repository"} at ${revision ?? "no commit"} by ${builder}`,
      ),
      signedLine(done.value),
    ]);
    return ok(0);
  });
}

function signedLine({ signatures, signedBy }: Verified): string {
  if (signatures === 0) return "Nobody signed it.";
  const rest = signatures - signedBy.length;
  if (signedBy.length === 0)
    return `Signatures: ${signatures}, none of them checked: no key is named (--key).`;
  return `Signed by ${signedBy.join(", ")}${rest > 0 ? `; ${rest} more by others` : ""}`;
}

async function verified(
  work: ImageWork,
  text: string,
  version: string,
  keys: SignerKey[],
): Promise<Result<Verified>> {
  const reference = parseReference(text);
  if (reference === null)
    return fail({
      kind: "usage",
      got: text,
      expected: "an image of bellwether.yaml, or a reference such as registry.example/quotes:1.2.3",
      remedy: "Name an image with its registry, and a tag or a digest.",
    });
  const name = referenceText({ ...reference, tag: null, digest: null });
  return inTemporary(work.desk.processes, "bellwether-verify-", (scratch) =>
    withRegistry(work, async (tools) => {
      const session = openSession(reference.registry, reference.repository, "pull", tools);
      const wanted = reference.digest ?? reference.tag ?? imageTag(version);
      const found = await headOf(session, wanted);
      if (!found.ok) return found;
      if (found.value === null)
        return fail({ kind: "image-missing", image: name, version: wanted, available: [] });
      const { digest } = found.value;
      // What is fetched into an empty layout is checked as it comes.
      const pulled = await pullImage(session, digest, ["linux/amd64", "linux/arm64"], scratch, tools.clock);
      if (!pulled.ok) return pulled;
      const about = await pullReferrers(session, digest, scratch, tools.clock);
      if (!about.ok) return about;
      const entry = await imageIn(scratch, digest);
      if (!entry.ok) return entry;
      const platforms = await platformsOf(scratch, entry.value);
      if (!platforms.ok) return platforms;
      const attached = await attachedTo(scratch, digest);
      if (!attached.ok) return attached;
      const sboms = await documentsAbout(scratch, digest, sbomType);
      if (!sboms.ok) return sboms;
      const statements = await documentsAbout(scratch, digest, statementType);
      if (!statements.ok) return statements;
      const provenance = statements.value.map(readProvenance);
      const signers = await signersOf(session, digest, scratch, keys);
      if (!signers.ok) return signers;
      const missing = keys.length === 0 ? null : unsigned(signers.value, keys);
      const problems = [
        ...provenance.flatMap((one) => (one === null ? ["a statement about it cannot be read"] : [])),
        ...provenance.flatMap((one) =>
          one !== null && !one.digests.includes(digest)
            ? [`its provenance speaks of ${one.digests.join(", ") || "nothing"}`]
            : [],
        ),
        ...sboms.value.flatMap((one) =>
          JSON.stringify(one)?.includes(digest) ? [] : ["its SBOM speaks of another digest"],
        ),
        ...(missing === null ? [] : [missing]),
      ];
      if (problems.length > 0)
        return fail({ kind: "image-not-verified", image: `${name}@${digest}`, problems });
      return ok({
        image: name,
        digest,
        platforms: platforms.value.map(({ platform }) => platform),
        sbom: sboms.value.length,
        provenance: provenance.flatMap((one) => (one === null ? [] : [one])),
        signatures:
          signers.value.signatures +
          attached.value.filter(({ artifactType }) => artifactType === notation).length,
        signedBy: signers.value.by,
      });
    }),
  );
}
