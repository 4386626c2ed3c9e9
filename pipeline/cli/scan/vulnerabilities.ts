import { readFileSync } from "node:fs";
import { join, posix } from "node:path";
import type { ScanDocument } from "../../evidence.ts";
import { marked, type Unmarked } from "../../findings/fingerprint.ts";
import { type Audit, chooseAudits, unlocked } from "../../findings/vulnerabilities/choose.ts";
import { readAudit } from "../../findings/vulnerabilities/read.ts";
import type { Desk } from "../desk.ts";
import { isThere, printed } from "./programs.ts";

/** Asks the scanners at hand about every manifest of dependencies; what none of them could see makes it incomplete. */
export async function scanVulnerabilities(
  desk: Desk,
  root: string,
  listed: string[],
  wanted: string[],
): Promise<ScanDocument> {
  const { audits, uncovered } = chooseAudits(listed, wanted, (program) => isThere(desk, program));
  const found: Unmarked[] = [];
  const reasons = uncovered.map(
    ({ path, by }) => `${path} was not looked at: none of ${by.join(", ")} is on PATH`,
  );
  for (const path of unlocked(listed, (file) => textAt(join(root, file))))
    reasons.push(`${path} names dependencies, and no lock beside it or above says which versions they have`);
  let looked = 0;
  for (const audit of audits) {
    const path = posix.join(audit.directory, audit.file);
    const said = await ask(desk, root, audit, path);
    reasons.push(...said.reasons.map((reason) => `${audit.scanner.name} on ${path}: ${reason}`));
    found.push(...said.findings);
    looked += said.looked;
  }
  const names = [...new Set(audits.map(({ scanner }) => scanner.name))];
  const scan = {
    tools: names.map((name) => ({ name, version: null })),
    complete: reasons.length === 0,
    reasons,
    looked,
  };
  return { format: 1, kind: "vulnerabilities", scan, findings: marked(found) };
}

type Said = { findings: Unmarked[]; looked: number; reasons: string[] };

async function ask(
  desk: Desk,
  root: string,
  { scanner, directory, file }: Audit,
  path: string,
): Promise<Said> {
  const nothing = (reason: string): Said => ({ findings: [], looked: 0, reasons: [reason] });
  const ran = await printed(desk, scanner.command(file), join(root, directory));
  if (!ran.ok) return nothing(ran.failure);
  const read = readAudit(scanner.name, ran.value.text, path);
  const { exitCode, lastWords } = ran.value;
  if (!read.ok) return nothing(`${read.failure}${lastWords === "" ? "" : ` (${lastWords})`}`);
  // With findings these programs end with a code of their own; without any, another one than 0 is no good sign.
  const plain =
    exitCode === 0 || (exitCode !== null && scanner.found(exitCode) && read.value.findings.length > 0);
  if (!plain)
    return { ...read.value, reasons: [...read.value.reasons, `it ended with ${exitCode}: ${lastWords}`] };
  return read.value;
}

function textAt(file: string): string | null {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return null;
  }
}
