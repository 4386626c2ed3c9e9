import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { CoverageEvidence } from "../evidence.ts";
import { writeFileAtomic } from "../io/files.ts";
import type { Report } from "../report/report.ts";

/** Branches that changes are made against, in the order in which they are looked for. */
const bases = ["main", "master", "develop"];

const fileOf = (state: string, branch: string): string =>
  join(state, "reports", "coverage", `${branch}.json`);

/** Coverage by step of the last good run on the base branch, `named` or the usual one; empty where none is at hand. */
export async function baseCoverage(
  state: string,
  named: string | undefined,
): Promise<Record<string, CoverageEvidence>> {
  for (const branch of named !== undefined && bases.includes(named) ? [named] : bases) {
    const file = fileOf(state, branch);
    const text = existsSync(file) ? await readFile(file, "utf8").catch(() => null) : null;
    const read = text === null ? null : await parsed(text);
    if (read !== null) return read;
  }
  return {};
}

/** Keeps the coverage of a good run on a base branch for the changes that will be made against it. */
export async function keepCoverage(state: string, branch: string | null, report: Report): Promise<void> {
  if (branch === null || !bases.includes(branch) || report.outcome !== "passed") return;
  const steps = report.stages.flatMap(({ steps: all }) => all);
  const found = steps.flatMap(({ id, evidence }) => (evidence?.coverage ? [[id, evidence.coverage]] : []));
  if (found.length === 0) return;
  const text = `${JSON.stringify(Object.fromEntries(found))}\n`;
  await writeFileAtomic(fileOf(state, branch), text, { durable: false });
}

async function parsed(text: string): Promise<Record<string, CoverageEvidence> | null> {
  // Only where there is something to read: the schemas are large.
  const { coveragesSchema } = await import("../report/evidence-schema.ts");
  try {
    const read = coveragesSchema.safeParse(JSON.parse(text));
    return read.success ? read.data : null;
  } catch {
    return null;
  }
}
