import { z } from "zod";
import type { ProvenanceRule } from "../../config/config.ts";

/** Media type of an in-toto statement (in-toto attestation, envelope: bundle media types). */
export const statementType = "application/vnd.in-toto+json";

const predicateType = "https://slsa.dev/provenance/v1";

/** Names what the fields of the build definition mean (SLSA v1.0, buildType). */
const buildType = "urn:bellwether:build:1";

export type ProvenanceFacts = {
  /** E.g. registry.example/quotes. */
  repository: string;
  digest: string;
  /** Address of the source without a login, e.g. https://github.com/acme/quotes; null where it is not known. */
  source: string | null;
  ref: string;
  revision: string | null;
  dirty: boolean;
  /** Digests of the plan's configuration, and the key of all inputs. */
  config: string;
  key: string;
  base: { name: string | null; digest: string } | null;
  /** Who built: a workflow's address, or this program on a machine. */
  builder: string;
  tool: string;
  run: string | null;
  /** ms since the epoch. */
  startedAt: number;
  finishedAt: number;
};

/** What was built from what, by whom: an in-toto Statement v1 with a SLSA v1 provenance predicate. */
export function provenanceOf(facts: ProvenanceFacts): Record<string, unknown> {
  const { repository, digest, source, revision, base } = facts;
  const sources =
    revision === null
      ? []
      : [{ uri: `git+${source ?? "file:."}@${facts.ref}`, digest: { gitCommit: revision } }];
  const bases =
    base === null
      ? []
      : [
          {
            uri: base.name === null ? "oci-layout" : `docker://${base.name}`,
            digest: { sha256: hex(base.digest) },
          },
        ];
  return {
    _type: "https://in-toto.io/Statement/v1",
    subject: [{ name: repository, digest: { sha256: hex(digest) } }],
    predicateType,
    predicate: {
      buildDefinition: {
        buildType,
        externalParameters: { source, ref: facts.ref, dirty: facts.dirty, config: facts.config },
        internalParameters: { inputs: facts.key },
        resolvedDependencies: [...sources, ...bases],
      },
      runDetails: {
        builder: { id: facts.builder, version: { bellwether: facts.tool } },
        metadata: {
          ...(facts.run === null ? {} : { invocationId: facts.run }),
          startedOn: new Date(facts.startedAt).toISOString(),
          finishedOn: new Date(facts.finishedAt).toISOString(),
        },
      },
    },
  };
}

const hex = (digest: string): string => digest.replace(/^sha256:/, "");

const statementSchema = z.looseObject({
  _type: z.literal("https://in-toto.io/Statement/v1"),
  subject: z.array(z.looseObject({ digest: z.record(z.string(), z.string()) })),
  predicateType: z.literal(predicateType),
  predicate: z.looseObject({
    buildDefinition: z.looseObject({
      externalParameters: z.looseObject({ source: z.string().nullish(), dirty: z.boolean().optional() }),
      resolvedDependencies: z
        .array(
          z.looseObject({ uri: z.string().optional(), digest: z.record(z.string(), z.string()).optional() }),
        )
        .optional(),
    }),
    runDetails: z.looseObject({ builder: z.looseObject({ id: z.string() }) }),
  }),
});

/** What provenance says that somebody may ask for. */
export type Provenance = {
  digests: string[];
  source: string | null;
  builder: string;
  revision: string | null;
  dirty: boolean;
};

/** Reads a statement; null for what is none of provenance. */
export function readProvenance(value: unknown): Provenance | null {
  const read = statementSchema.safeParse(value);
  if (!read.success) return null;
  const { subject, predicate } = read.data;
  const { externalParameters, resolvedDependencies = [] } = predicate.buildDefinition;
  return {
    digests: subject.flatMap(({ digest }) =>
      digest.sha256 === undefined ? [] : [`sha256:${digest.sha256}`],
    ),
    source: externalParameters.source ?? null,
    builder: predicate.runDetails.builder.id,
    revision:
      resolvedDependencies.map(({ digest }) => digest?.gitCommit).find((one) => one !== undefined) ?? null,
    dirty: externalParameters.dirty ?? false,
  };
}

/** Why provenance does not do, or null where one of them does. No provenance is never a pass (B9). */
export function provenanceRefusal(rule: ProvenanceRule, digest: string, found: Provenance[]): string | null {
  const own = found.filter(({ digests }) => digests.includes(digest));
  if (own.length === 0)
    return found.length === 0 ? "it has no provenance" : "its provenance is of another digest";
  const reasons = own.map((one) => {
    if (one.dirty) return "it was built from files that differ from the commit";
    if (rule.source !== null && plain(one.source ?? "") !== plain(rule.source))
      return `it was built from ${one.source ?? "an unknown repository"}, not from ${rule.source}`;
    if (rule.builder !== null && one.builder !== rule.builder)
      return `it was built by ${one.builder}, not by ${rule.builder}`;
    return null;
  });
  return reasons.includes(null) ? null : (reasons[0] ?? null);
}

const plain = (source: string): string =>
  source
    .replace(/^git\+/, "")
    .replace(/^(https?|ssh):\/\//, "")
    .replace(/^git@([^:/]+):/, "$1/")
    .replace(/\.git$/, "")
    .toLowerCase();
