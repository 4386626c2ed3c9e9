import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { ApprovalRule } from "../config/config.ts";
import type { Approvable, Approval } from "../deploy/gates.ts";
import { isMissing } from "../io/files.ts";
import { fail, ok, type Result } from "../result.ts";
import { fitsCommand, principalsCommand, verifyCommand } from "./commands.ts";
import { type KeygenTools, keygen, withDirectory, writeIn } from "./keygen.ts";
import type { ApprovalRecord, Stored } from "./records.ts";
import { statementText } from "./statement.ts";

/** Whom a signature is held against: the rule's allowed-signers file below the root of the checkout. */
export type Verifier = KeygenTools & { root: string; rule: ApprovalRule };

/**
 * The records that are about this version, as facts for the gate. Each signature is looked at now, and never taken
 * from an earlier look: a signer may have been removed, a record changed. A failure: ssh-keygen or the signers'
 * file is not there.
 */
export async function approvalsIn(
  stored: Stored[],
  wanted: Pick<Approvable, "app" | "environment" | "version">,
  verifier: Verifier,
): Promise<Result<Approval[]>> {
  const about = stored.filter(({ record }) => {
    const { app, environment, version } = record.how === "signed" ? record.statement : record;
    return app === wanted.app && environment === wanted.environment && version === wanted.version;
  });
  const approvals: Approval[] = [];
  for (const one of about) {
    const fact = await approvalOf(one, verifier);
    if (!fact.ok) return fact;
    approvals.push(fact.value);
  }
  return ok(approvals);
}

/** One record as a fact: who signed it by the signers' file, or why it counts for nothing. */
export async function approvalOf({ file, record }: Stored, verifier: Verifier): Promise<Result<Approval>> {
  if (record.how !== "signed") return ok({ ...record, file });
  const { app, environment, version, digests, expires } = record.statement;
  const approval: Approval = {
    format: 1,
    ...{ app, environment, version, digests },
    by: "somebody",
    at: record.at,
    expiresAt: Date.parse(expires),
    how: "signed",
    file,
  };
  const signer = await signerOf(record, verifier);
  if (!signer.ok) return signer;
  const { value } = signer;
  return ok({ ...approval, ...value });
}

/** Who a signature is by: all names that the signers' file has for the key; or what is wrong. */
type Signer = { by: string; names: string[] } | { by?: string; problem: string };

async function signerOf(
  record: Extract<ApprovalRecord, { how: "signed" }>,
  { root, rule, ...tools }: Verifier,
): Promise<Result<Signer>> {
  if (rule.signers === null) return ok({ problem: "there is no list of signers to hold it against" });
  const { signers } = rule;
  const listed = await readSigners(join(root, signers), signers);
  if (!listed.ok) return listed;
  const text = statementText(record.statement);
  return withDirectory(tools, async (directory): Promise<Result<Signer>> => {
    const list = await writeIn(directory, "signers", listed.value);
    const signature = await writeIn(directory, "signature", record.signature);
    const fits = await keygen(tools, fitsCommand(signature), directory, text);
    if (!fits.ok) return fits;
    if (fits.value.end === "late") return ok({ problem: "ssh-keygen did not answer in time" });
    if (fits.value.end === "bad") return ok({ problem: "its signature does not fit what it says" });
    const found = await keygen(tools, principalsCommand(list, signature), directory);
    if (!found.ok) return found;
    const principals = found.value.out.map((line) => line.trim()).filter((line) => line !== "");
    if (found.value.end !== "good" || principals.length === 0)
      return ok({ problem: `the key that signed it is not among the signers in ${signers}` });
    // A pattern says which domain somebody is of, and not who it is.
    const names = principals.filter((name) => !/[*?!]/.test(name));
    const [by] = names;
    if (by === undefined)
      return ok({ problem: `${signers} has a pattern for the key that signed it, and no person's name` });
    const verified = await keygen(tools, verifyCommand(list, by, signature), directory, text);
    if (!verified.ok) return verified;
    if (verified.value.end !== "good")
      return ok({ by, problem: `${signers} does not let that key sign approvals now` });
    return ok({ by, names });
  });
}

async function readSigners(path: string, name: string): Promise<Result<string>> {
  try {
    return ok(await readFile(path, "utf8"));
  } catch (error) {
    return fail({
      kind: "file-corrupt",
      file: name,
      what: "list of signers",
      reason: isMissing(error) ? "there is no such file" : "it cannot be read",
      remedy:
        "Write a line for each approver, the name and the public key, as ssh-keygen(1) says under ALLOWED SIGNERS.",
    });
  }
}
