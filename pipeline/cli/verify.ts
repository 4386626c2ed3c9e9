import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { imageTag } from "../context/version.ts";
import { attachedTo, documentsAbout } from "../image/about/attach.ts";
import { readProvenance, statementType } from "../image/about/provenance.ts";
import { sbomType } from "../image/about/sbom.ts";
import { platformsOf } from "../image/inspect.ts";
import { imageIn } from "../image/layout.ts";
import { headOf, pullImage } from "../image/registry/pull.ts";
import { parseReference, referenceText } from "../image/registry/reference.ts";
import { pullReferrers } from "../image/registry/referrers.ts";
import { openSession } from "../image/registry/session.ts";
import { fail, ok, type Result } from "../result.ts";
import { atDesk } from "./at-desk.ts";
import { type ImageWork, withRegistry } from "./images/work.ts";
import type { Settings } from "./settings.ts";
import { answer, say } from "./terminal.ts";

/** Types of what signs an image: cosign's and notation's. */
const signatures = [
  "application/vnd.dev.cosign.artifact.sig.v1+json",
  "application/vnd.cncf.notary.signature",
];

type Verified = {
  image: string;
  digest: string;
  platforms: string[];
  sbom: number;
  provenance: { source: string | null; builder: string; revision: string | null }[];
  signatures: number;
};

/**
 * Fetches an image with all that is about it, and checks it: every digest and size, every layer's, and that what is
 * about it is about this digest. Nothing is kept.
 */
export async function verify(settings: Settings, text: string): Promise<number> {
  return atDesk(settings, async ({ subject: { config, context }, desk }) => {
    const work: ImageWork = { config, context, root: settings.root, state: settings.state, desk };
    const done = await verified(work, config.images[text]?.repository ?? text, context.version);
    if (!done.ok) return done;
    const { image, digest, platforms, sbom, provenance, signatures: signed } = done.value;
    if (settings.json) answer(done.value);
    say(settings.json, [
      `${image}@${digest} is whole: ${platforms.join(", ")}`,
      ...(sbom === 0 ? ["It has no list of what it is made of (SBOM)."] : [`SBOM: ${sbom}, of this digest`]),
      ...(provenance.length === 0 ? ["It has no provenance."] : []),
      ...provenance.map(
        ({ source, builder, revision }) =>
          `built from ${source ?? "an unknown repository"} at ${revision ?? "no commit"} by ${builder}`,
      ),
      signed === 0
        ? "Nobody signed it."
        : `Signatures: ${signed}; none of them was checked, because no key is configured.`,
    ]);
    return ok(0);
  });
}

async function verified(work: ImageWork, text: string, version: string): Promise<Result<Verified>> {
  const reference = parseReference(text);
  if (reference === null)
    return fail({
      kind: "usage",
      got: text,
      expected: "an image of bellwether.yaml, or a reference such as registry.example/quotes:1.2.3",
      remedy: "Name an image with its registry, and a tag or a digest.",
    });
  const name = referenceText({ ...reference, tag: null, digest: null });
  const scratch = await mkdtemp(join(tmpdir(), "bellwether-verify-"));
  try {
    return await withRegistry(work, async (tools) => {
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
      ];
      if (problems.length > 0)
        return fail({ kind: "image-not-verified", image: `${name}@${digest}`, problems });
      return ok({
        image: name,
        digest,
        platforms: platforms.value.map(({ platform }) => platform),
        sbom: sboms.value.length,
        provenance: provenance.flatMap((one) => (one === null ? [] : [one])),
        signatures: attached.value.filter(({ artifactType }) => signatures.includes(artifactType ?? ""))
          .length,
      });
    });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
