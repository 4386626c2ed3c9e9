import { mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import picomatch from "picomatch";
import type { ScanDocument } from "../../evidence.ts";
import { placer } from "../../findings/readers.ts";
import { type OtherScanner, scanners } from "../../findings/secrets/commands.ts";
import { logArguments, scanCommits } from "../../findings/secrets/commits.ts";
import { readOther } from "../../findings/secrets/others.ts";
import { type FileRead, joinScans, scanFiles } from "../../findings/secrets/scan.ts";
import { removeTree } from "../../io/files.ts";
import type { Desk } from "../desk.ts";
import { toolVersion } from "../tool-version.ts";
import { isThere, printed } from "./programs.ts";

/** Largest file in bytes that is looked into. */
const largest = 64 * 1024 * 1024;

export type SecretOptions = {
  scanner: "auto" | "built-in" | OtherScanner;
  exclude: string[];
  /** The commits from here to HEAD are looked at, too; null: only the files. */
  base: string | null;
};

const ours = { name: "bellwether", version: toolVersion };

/** Looks for secrets in the files, and in the commits that a pull request brings. */
export async function scanSecrets(
  desk: Desk,
  root: string,
  listed: string[],
  { scanner, exclude, base }: SecretOptions,
): Promise<ScanDocument> {
  const excluded = picomatch(exclude, { dot: true });
  const paths = listed.filter((path) => !excluded(path));
  const documents: ScanDocument[] = [];
  if (scanner === "auto" || scanner === "built-in")
    documents.push(await scanFiles(paths, (path) => readBytes(join(root, path)), ours));
  const others: OtherScanner[] = scanner === "auto" ? ["gitleaks", "trufflehog"] : [];
  const named = scanner === "gitleaks" || scanner === "trufflehog" ? [scanner] : [];
  for (const other of named) documents.push(await byOther(desk, root, other, paths));
  const there = others.find((other) => isThere(desk, other));
  if (there) documents.push(await byOther(desk, root, there, paths));
  if (base !== null) documents.push(await inCommits(desk, root, base));
  const [first, ...rest] = documents;
  return joinScans([first ?? incomplete("bellwether", "no scanner was asked"), ...rest]);
}

async function readBytes(file: string): Promise<FileRead> {
  try {
    const { lstat } = await import("node:fs/promises");
    const stats = await lstat(file);
    if (!stats.isFile()) return null;
    if (stats.size > largest)
      return { reason: `it is larger than ${largest / 1024 / 1024} MiB; exclude it to say so` };
    return { bytes: await readFile(file) };
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    // What was deleted is listed until the deletion is committed.
    return code === "ENOENT" ? null : { reason: `it cannot be read (${code})` };
  }
}

async function byOther(desk: Desk, root: string, name: OtherScanner, paths: string[]): Promise<ScanDocument> {
  if (!isThere(desk, name)) return incomplete(name, `${name} is not on PATH`);
  const directory = await mkdtemp(join(tmpdir(), "bellwether-scan-"));
  try {
    const report = join(directory, "report.json");
    const ran = await printed(desk, scanners[name](report), root);
    if (!ran.ok) return incomplete(name, `${name}: ${ran.failure}`);
    const { exitCode, lastWords } = ran.value;
    // trufflehog ends with 183 where it is asked to fail on findings; both end with 0 otherwise.
    if (exitCode !== 0 && exitCode !== 183)
      return incomplete(name, `${name} ended with ${exitCode}: ${lastWords}`);
    const text = name === "gitleaks" ? await readFile(report, "utf8").catch(() => "") : ran.value.text;
    const counted = new Set(paths);
    const read = readOther(name, text, placer(".", root), (path) => counted.has(path));
    if (!read.ok) return incomplete(name, read.failure);
    const scan = { tools: [{ name, version: null }], complete: true, reasons: [], looked: paths.length };
    return { format: 1, kind: "secrets", scan, findings: read.value };
  } finally {
    await removeTree(directory);
  }
}

async function inCommits(desk: Desk, root: string, wanted: string): Promise<ScanDocument> {
  const base = wanted === "auto" ? await forkPoint(desk, root) : wanted;
  if (base === null)
    return incomplete(
      "bellwether",
      "the commits of this change are not known: neither its base branch nor a default branch is in this clone (fetch it, with full history)",
    );
  const log = await printed(desk, ["git", ...logArguments(base)], root);
  if (log.ok && log.value.exitCode === 0) return scanCommits(log.value.text, ours);
  const why = log.ok ? log.value.lastWords : log.failure;
  return incomplete("bellwether", `the commits since ${base} cannot be read: ${why}`);
}

const incomplete = (name: string, reason: string): ScanDocument => ({
  format: 1,
  kind: "secrets",
  scan: { tools: [{ name, version: null }], complete: false, reasons: [reason], looked: 0 },
  findings: [],
});

/** Where the change left its base branch: the one that the pull request names, or the default one. */
async function forkPoint(desk: Desk, root: string): Promise<string | null> {
  const named = desk.variables.GITHUB_BASE_REF;
  const branches = ["origin/HEAD", "origin/main", "origin/master", "main", "master"];
  for (const branch of named ? [`origin/${named}`] : branches) {
    const found = await printed(desk, ["git", "merge-base", branch, "HEAD"], root);
    if (found.ok && found.value.exitCode === 0) return found.value.text.trim();
  }
  return null;
}
