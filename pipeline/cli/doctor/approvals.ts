import { readFile } from "node:fs/promises";
import { isAbsolute, join } from "node:path";
import type { Environment } from "../../config/config.ts";
import { reviewersAlone } from "../../deploy/gates.ts";
import { findProgram } from "../../io/program.ts";
import type { Finding } from "../../report/doctor-view.ts";
import { count } from "../../report/units.ts";
import { okay, problem } from "./finding.ts";

/** Whether approvals can be given at all: enough signers in the file, and the program that verifies them. */
export async function lookAtApprovals(
  { name, approval }: Environment,
  root: string,
  path: string,
): Promise<Finding[]> {
  const what = "approval";
  if (approval === null) return [];
  const { required, signers } = approval;
  const reviewers = reviewersAlone(approval);
  if (reviewers !== null)
    return [okay(name, what, `${count(required, "approval")} by reviewers of ${reviewers} on GitHub`)];
  if (signers === null)
    return [okay(name, what, `${count(required, "approval")}, recorded without a signature`)];
  const file = isAbsolute(signers) ? signers : join(root, signers);
  const text = await readFile(file, "utf8").catch(() => null);
  if (text === null)
    return [problem(name, what, `${signers} cannot be read`, `write the approvers' keys into ${signers}`)];
  if (findProgram("ssh-keygen", path) === null)
    return [problem(name, what, "ssh-keygen was not found", "install OpenSSH: it verifies the approvals")];
  const known = persons(text);
  if (known.size < required)
    return [
      problem(
        name,
        what,
        `${signers} names ${count(known.size, "signer")}, and ${count(required, "approval")} are asked for`,
        `add the keys of more approvers to ${signers}`,
      ),
    ];
  return [okay(name, what, `${count(required, "approval")} of ${count(known.size, "signer")} in ${signers}`)];
}

/** The persons in an allowed-signers file: the first field of each line, one's names with commas between. */
const persons = (text: string): Set<string> =>
  new Set(
    text
      .split("\n")
      .filter((line) => line.trim() !== "" && !line.trimStart().startsWith("#"))
      .map((line) => line.trim().split(/\s/, 1)[0] ?? ""),
  );
