import type { Finding } from "../../evidence.ts";
import { fail, ok, type Result } from "../../result.ts";
import { marked, type Unmarked } from "../fingerprint.ts";
import { jsonIn } from "../readers/reader.ts";
import { listOf, mapOf, numberOf, textOf } from "../values.ts";
import type { OtherScanner } from "./commands.ts";

/** What another scanner reports of the files that count; its excerpts are left out: they may hold the value. */
export function readOther(
  scanner: OtherScanner,
  text: string,
  place: (path: string) => string,
  counts: (path: string) => boolean,
): Result<Finding[], string> {
  const read = scanner === "gitleaks" ? gitleaks(text) : ok(trufflehog(text));
  if (!read.ok) return read;
  const placed = read.value.map(
    (one): Unmarked => ({ ...one, path: one.path === null ? null : place(one.path) }),
  );
  return ok(marked(placed.filter((one) => one.path === null || counts(one.path))));
}

/** A list of maps with RuleID, Description, File, StartLine, StartColumn; an empty list where there is nothing. */
function gitleaks(text: string): Result<Unmarked[], string> {
  const [list] = jsonIn(text);
  if (!Array.isArray(list)) return fail("gitleaks wrote no JSON list");
  return ok(
    list.map(mapOf).map((one) => ({
      ...common("gitleaks", textOf(one.RuleID) || "secret"),
      message: textOf(one.Description) || "a secret",
      path: textOf(one.File) || null,
      line: numberOf(one.StartLine),
      column: numberOf(one.StartColumn),
    })),
  );
}

/** A map a line with DetectorName and SourceMetadata.Data.Filesystem.{file,line}; other lines are its log. */
const trufflehog = (text: string): Unmarked[] =>
  listOf(jsonIn(text))
    .map(mapOf)
    .filter((one) => "DetectorName" in one)
    .map((one) => {
      const at = mapOf(mapOf(mapOf(one.SourceMetadata).Data).Filesystem);
      const kind = textOf(one.DetectorName);
      return {
        ...common("trufflehog", kind.toLowerCase() || "secret"),
        message: `a secret of the kind ${kind}`,
        path: textOf(at.file) || null,
        line: numberOf(at.line),
        column: null,
      };
    });

const common = (tool: string, rule: string): Omit<Unmarked, "message" | "path" | "line" | "column"> => ({
  tool,
  rule,
  level: "error",
  severity: "high",
  help: null,
  excerpt: null,
  dependency: null,
});
