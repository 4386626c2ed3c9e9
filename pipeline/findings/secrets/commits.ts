import type { ScanDocument } from "../../evidence.ts";
import { marked, type Unmarked } from "../fingerprint.ts";
import { secretsOfFile } from "./file.ts";
import { createPreset } from "./preset.ts";

/** Arguments of git that print what the commits of a range add; `--` keeps refs from being read as paths. */
export const logArguments = (base: string): string[] => [
  ...["log", "--patch", "--unified=0", "--no-color", "--no-ext-diff", "--no-textconv", "--no-renames"],
  ...["--format=commit %H", `${base}..HEAD`, "--"],
];

/** Lines that one commit adds to one file, with the number of each. */
type Added = { commit: string; path: string; lines: string[]; numbers: number[] };

/** Reads what `logArguments` prints. */
export function addedLines(patch: string): Added[] {
  const all: Added[] = [];
  let commit = "";
  let open: Added | null = null;
  let next = 0;
  for (const line of patch.split("\n")) {
    const [, sha] = /^commit ([0-9a-f]{40,64})$/.exec(line) ?? [];
    const [, path] = /^\+\+\+ "?b\/(.*?)"?\t?$/.exec(line) ?? [];
    const [, row] = /^@@ -\S+ \+(\d+)(?:,\d+)? @@/.exec(line) ?? [];
    if (sha !== undefined) commit = sha;
    else if (line.startsWith("diff --git ")) open = null;
    else if (path !== undefined && open === null) {
      open = { commit, path, lines: [], numbers: [] };
      all.push(open);
    } else if (row !== undefined) next = Number(row);
    else if (open !== null && line.startsWith("+")) {
      open.lines.push(line.slice(1));
      open.numbers.push(next);
      next += 1;
    }
  }
  return all;
}

/** Secrets that the commits of a range add, also those that a later one takes out again: they are out for good. */
export async function scanCommits(
  patch: string,
  tool: ScanDocument["scan"]["tools"][number],
): Promise<ScanDocument> {
  const found: Unmarked[] = [];
  const added = addedLines(patch);
  const preset = createPreset();
  for (const { commit, path, lines, numbers } of added) {
    for (const one of await secretsOfFile(preset, path, lines.join("\n"))) {
      const line = one.line === null ? null : (numbers[one.line - 1] ?? null);
      found.push({ ...one, line, message: `${one.message}, added by commit ${commit.slice(0, 12)}` });
    }
  }
  return {
    format: 1,
    kind: "secrets",
    scan: { tools: [tool], complete: true, reasons: [], looked: added.length },
    findings: marked(found),
  };
}
