import { createHash } from "node:crypto";
import { existsSync, readdirSync, rmSync, statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { CoverageEvidence } from "../evidence.ts";
import { writeFileAtomic } from "../io/files.ts";
import type { Report } from "../report/report.ts";

type Coverages = Record<string, CoverageEvidence>;

/** Branches that changes are made against where none is named, in the order in which they are looked for. */
const usual = ["main", "master", "develop", "trunk"];

/** How many other branches' coverage stays: any of them may be what the next change is made against. */
const keptBranches = 50;

const directoryOf = (state: string): string => join(state, "reports", "coverage");

const fileOf = (state: string, branch: string): string => join(directoryOf(state), nameOf(branch));

/** A branch's name as a file's: slashes are none, and git's names may be longer than a file's. */
function nameOf(branch: string): string {
  const name = encodeURIComponent(branch);
  return `${name.length <= 150 ? name : createHash("sha256").update(branch).digest("hex")}.json`;
}

/**
 * Coverage by step of the last good runs on the base branch; empty where none is at hand. A branch that is `named` is
 * the only one that is looked at: another one's coverage says nothing of a change against it.
 */
export async function baseCoverage(state: string, named: string | undefined): Promise<Coverages> {
  for (const branch of named ? [named] : usual) {
    const read = await kept(fileOf(state, branch));
    if (read !== null) return read;
  }
  return {};
}

/** Keeps the coverage of a good run on a branch for changes that will be made against it; steps that it left out stay. */
export async function keepCoverage(state: string, branch: string | null, report: Report): Promise<void> {
  if (branch === null || report.outcome !== "passed") return;
  const steps = report.stages.flatMap(({ steps: all }) => all);
  const found = steps.flatMap(({ id, evidence }) => {
    if (!evidence?.coverage) return [];
    const { base: _, ...coverage } = evidence.coverage;
    return [[id, coverage]];
  });
  if (found.length === 0) return;
  const file = fileOf(state, branch);
  const all = { ...(await kept(file)), ...Object.fromEntries(found) };
  await writeFileAtomic(file, `${JSON.stringify(all)}\n`, { durable: false });
  forgetOldest(directoryOf(state));
}

/** Lets the branches go whose last good run is longest ago; the usual ones stay. */
function forgetOldest(directory: string): void {
  const always = usual.map(nameOf);
  const others = readdirSync(directory).filter((name) => !always.includes(name));
  if (others.length <= keptBranches) return;
  const aged = others.map((name) => ({ file: join(directory, name), at: ageOf(join(directory, name)) }));
  aged.sort((a, b) => b.at - a.at);
  for (const { file } of aged.slice(keptBranches)) rmSync(file, { recursive: true, force: true });
}

const ageOf = (file: string): number => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;

async function kept(file: string): Promise<Coverages | null> {
  const text = existsSync(file) ? await readFile(file, "utf8").catch(() => null) : null;
  if (text === null) return null;
  // Only where there is something to read: the schemas are large.
  const { coveragesSchema } = await import("../report/evidence-schema.ts");
  try {
    const read = coveragesSchema.safeParse(JSON.parse(text));
    return read.success ? read.data : null;
  } catch {
    return null;
  }
}
