import type { Environment } from "../../config/config.ts";
import { hasCompleted } from "../../deploy/history.ts";
import type { JournalEntry } from "../../deploy/journal.ts";
import { documentsAbout } from "../../image/about/attach.ts";
import { provenanceRefusal, readProvenance, statementType } from "../../image/about/provenance.ts";
import { fail, ok, type Result } from "../../result.ts";
import { whyUnsigned } from "../images/signed.ts";
import { layoutOf } from "../images/work.ts";
import { reach } from "../reach/reach.ts";
import type { ReachPlace } from "../reach/way.ts";
import { environmentOf } from "../subject.ts";
import type { Work } from "./work.ts";

/** Whether an environment has completed a rollout of exactly these digests, by its own journal. */
export async function hasSeen(work: Work, environment: string, digests: string[]): Promise<Result<boolean>> {
  const journal = await journalOf(work, environment);
  return journal.ok ? ok(hasCompleted(journal.value, digests)) : journal;
}

/**
 * Refuses images whose provenance or signature is not what the environment asks for (B9), and digests that the
 * environment promoted from has not completed. No host is touched before.
 */
export async function promotion(
  work: Work,
  environment: Environment,
  images: Record<string, string>,
): Promise<Result<void>> {
  const digests = Object.values(images);
  const proved = await proven(work, environment, images);
  if (!proved.ok) return proved;
  const signed = await signedFor(work, environment, images);
  if (!signed.ok) return signed;
  const through = environment.promoteFrom;
  if (through === null) return ok(undefined);
  const seen = await hasSeen(work, through, digests);
  if (!seen.ok) return seen;
  if (seen.value) return ok(undefined);
  return fail({
    kind: "digest-not-promoted",
    environment: environment.name,
    through,
    digest: digests.join(", "),
    version: work.context.version,
  });
}

async function proven(
  { state }: Work,
  { name, provenance }: Environment,
  images: Record<string, string>,
): Promise<Result<void>> {
  if (provenance === null) return ok(undefined);
  for (const [image, digest] of Object.entries(images)) {
    const found = await documentsAbout(layoutOf(state, image), digest, statementType);
    if (!found.ok) return found;
    const read = found.value.map(readProvenance).filter((one) => one !== null);
    const reason = provenanceRefusal(provenance, digest, read);
    if (reason !== null)
      return fail({ kind: "provenance-refused", environment: name, image, digest, reason });
  }
  return ok(undefined);
}

async function signedFor(
  work: Work,
  { name, signedBy }: Environment,
  images: Record<string, string>,
): Promise<Result<void>> {
  for (const [image, digest] of signedBy.length === 0 ? [] : Object.entries(images)) {
    const reason = await whyUnsigned(work, image, digest, signedBy);
    if (!reason.ok) return reason;
    if (reason.value !== null)
      return fail({ kind: "signature-refused", environment: name, image, digest, reason: reason.value });
  }
  return ok(undefined);
}

/** What an environment's journal holds; nothing where it never had one. */
export async function journalOf(
  work: Omit<ReachPlace, "environment">,
  name: string,
): Promise<Result<JournalEntry[]>> {
  const environment = environmentOf(work.config, name);
  if (!environment.ok) return environment;
  const record = await (await reach({ ...work, environment: environment.value })).record();
  return record.ok ? ok(record.value?.journal ?? []) : record;
}
