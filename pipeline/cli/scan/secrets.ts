import { readFile } from "node:fs/promises";
import { join } from "node:path";
import picomatch from "picomatch";
import { pathBytes } from "../../context/git-path.ts";
import type { ScanDocument } from "../../evidence.ts";
import { placer } from "../../findings/readers.ts";
import { type OtherScanner, scanners } from "../../findings/secrets/commands.ts";
import { readOther } from "../../findings/secrets/others.ts";
import { type FileRead, joinScans, scanFiles } from "../../findings/secrets/scan.ts";
import { inTemporary } from "../../io/temporary.ts";
import type { Desk } from "../desk.ts";
import { inCommits } from "./commits.ts";
import { incomplete, ours } from "./documents.ts";
import { isThere, printed } from "./programs.ts";

/** Largest file in bytes that is looked into. */
const largest = 64 * 1024 * 1024;

export type SecretOptions = {
  scanner: "auto" | "built-in" | OtherScanner;
  exclude: string[];
  /** The commits from here to HEAD are looked at, too; null: only the files. */
  base: string | null;
};

/** The paths that are looked at; `odd` are those that are no UTF-8, as git writes them. */
type Listed = { listed: string[]; odd: string[] };

/** Looks for secrets in the files, and in the commits that a pull request brings. */
export async function scanSecrets(
  desk: Desk,
  root: string,
  { listed, odd }: Listed,
  { scanner, exclude, base }: SecretOptions,
): Promise<ScanDocument> {
  const excluded = picomatch(exclude, { dot: true });
  const counts = (path: string): boolean => !excluded(path);
  const paths = listed.filter(counts);
  // Such a name is shown without its quotes, and the file is asked for by its bytes.
  const bytes = new Map(odd.map((written) => [written.slice(1, -1), pathBytes(written)]));
  const read = (path: string): Promise<FileRead> => {
    const name = bytes.get(path);
    return readBytes(name ? Buffer.concat([Buffer.from(`${root}/`), name]) : join(root, path));
  };
  const documents: ScanDocument[] = [];
  if (scanner === "auto" || scanner === "built-in")
    documents.push(await scanFiles([...paths, ...[...bytes.keys()].filter(counts)], read, ours));
  const others: OtherScanner[] = scanner === "auto" ? ["gitleaks", "trufflehog"] : [];
  const named = scanner === "gitleaks" || scanner === "trufflehog" ? [scanner] : [];
  for (const other of named) documents.push(await byOther(desk, root, other, paths));
  const there = others.find((other) => isThere(desk, other));
  if (there) documents.push(await byOther(desk, root, there, paths));
  if (base !== null) documents.push(await inCommits(desk, root, base, counts));
  const [first, ...rest] = documents;
  return joinScans([first ?? incomplete("bellwether", "no scanner was asked"), ...rest]);
}

async function readBytes(file: string | Buffer): Promise<FileRead> {
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
  return inTemporary(desk.processes, "bellwether-scan-", async (directory): Promise<ScanDocument> => {
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
  });
}
