import { fail, ok, type Result } from "../../result.ts";
import { type Counts, hit, inSum, missed, noCounts, note, type Parsed, type Part } from "./counts.ts";

/** LF, LH, BRF and BRH of a record. */
type Declared = { LF: number; LH: number; BRF: number; BRH: number };

/** A record that was begun and not ended yet. */
type Open = { path: string; lines: Counts; branches: Counts; declared: Declared };

/**
 * The tracefile of geninfo(1): SF, DA, LF, LH, BRDA, BRF, BRH, end_of_record. A record that does not end was cut off
 * on its way, and who knows what came after it: the whole file is no evidence then.
 */
export function lcov(text: string): Result<Parsed, string> {
  const parts: Part[] = [];
  let open: Open | null = null;
  for (const line of text.replace(/^\uFEFF/, "").split(/\r?\n/)) {
    const [key, value] = split(line);
    if (key === "SF") {
      if (open !== null) return fail(`the record of ${open.path} has no end_of_record`);
      if (value === "") return fail("a record of it names no file");
      open = begun(value);
    } else if (line.trim() === "end_of_record") {
      if (open === null) return fail("it ends a record that it has not begun");
      parts.push(ended(open));
      open = null;
    } else if (open !== null) read(open, key, value);
  }
  if (open !== null) return fail(`it ends in the middle of a record, that of ${open.path}`);
  return ok({ parts, branches: null });
}

const begun = (path: string): Open => ({
  path,
  lines: noCounts(),
  branches: noCounts(),
  declared: { LF: 0, LH: 0, BRF: 0, BRH: 0 },
});

function read({ lines, branches, declared }: Open, key: string, value: string): void {
  if (key === "DA") {
    const [number = "", count = ""] = value.split(",");
    note(lines, number, Number(count) > 0 ? hit : missed);
  } else if (key === "BRDA") {
    // BRDA:LINE,BLOCK,BRANCH,TAKEN; `-` where its line never ran.
    const at = value.lastIndexOf(",");
    note(branches, value.slice(0, at), Number(value.slice(at + 1)) > 0 ? hit : missed);
  } else if (key === "LF" || key === "LH" || key === "BRF" || key === "BRH") declared[key] = whole(value);
}

/** What is told one by one counts; the sums beside it are only taken where there is nothing else. */
function ended({ path, lines, branches, declared: { LF, LH, BRF, BRH } }: Open): Part {
  return {
    path,
    lines: lines.each.size > 0 ? lines : inSum({ covered: LH, total: LF }),
    branches: branches.each.size > 0 ? branches : inSum({ covered: BRH, total: BRF }),
  };
}

/** A count; what is none, or is below zero, counts as 0. */
function whole(text: string): number {
  const value = Number(text);
  return Number.isFinite(value) ? Math.max(0, value) : 0;
}

function split(line: string): [string, string] {
  const at = line.indexOf(":");
  return at < 0 ? [line, ""] : [line.slice(0, at), line.slice(at + 1)];
}
