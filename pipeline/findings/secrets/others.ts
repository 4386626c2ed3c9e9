import type { Finding } from "../../evidence.ts";
import { fail, ok, type Result } from "../../result.ts";
import { jsonIn } from "../readers/reader.ts";
import { listOf, mapOf, numberOf, textOf } from "../values.ts";
import type { OtherScanner } from "./commands.ts";
import type { Found } from "./file.ts";
import { markedSecrets } from "./mark.ts";

/** What another scanner reports of the files that count; its excerpts are left out: they may hold the value. */
export function readOther(
  scanner: OtherScanner,
  text: string,
  place: (path: string) => string,
  counts: (path: string) => boolean,
): Result<Finding[], string> {
  const read = scanner === "gitleaks" ? gitleaks(text) : ok(trufflehog(text));
  if (!read.ok) return read;
  const placed = read.value.map(({ finding, value }) => {
    const path = finding.path === null ? null : place(finding.path);
    return { finding: { ...finding, path }, value };
  });
  return ok(markedSecrets(placed.filter(({ finding: { path } }) => path === null || counts(path))));
}

/** A finding with its value, where the scanner tells it. */
type Told = Omit<Found, "lastLine">;

/** A list of maps with RuleID, Description, File, StartLine, StartColumn; an empty list where there is nothing. */
function gitleaks(text: string): Result<Told[], string> {
  const [list] = jsonIn(text);
  if (!Array.isArray(list)) return fail("gitleaks wrote no JSON list");
  return ok(
    list.map(mapOf).map((one) => {
      const finding = {
        ...common("gitleaks", textOf(one.RuleID) || "secret"),
        message: textOf(one.Description) || "a secret",
        path: textOf(one.File) || null,
        line: numberOf(one.StartLine),
        column: numberOf(one.StartColumn),
      };
      return { finding, value: "" };
    }),
  );
}

/** A map a line with DetectorName and SourceMetadata.Data.Filesystem.{file,line}; other lines are its log. */
const trufflehog = (text: string): Told[] =>
  listOf(jsonIn(text))
    .map(mapOf)
    .filter((one) => "DetectorName" in one)
    .map((one) => {
      const at = mapOf(mapOf(mapOf(one.SourceMetadata).Data).Filesystem);
      const kind = textOf(one.DetectorName);
      const finding = {
        ...common("trufflehog", kind.toLowerCase() || "secret"),
        message: `a secret of the kind ${kind}`,
        path: textOf(at.file) || null,
        line: numberOf(at.line),
        column: null,
      };
      return { finding, value: textOf(one.Raw) };
    });

const common = (
  tool: string,
  rule: string,
): Omit<Told["finding"], "message" | "path" | "line" | "column"> => ({
  tool,
  rule,
  level: "error",
  severity: "high",
  help: null,
  excerpt: null,
  dependency: null,
});
