import type { Evidence, Finding } from "../../evidence.ts";
import { shareOf } from "../../findings/coverage-rule.ts";
import { namesOf } from "../../findings/found-lines.ts";
import { coverageChange, coveredShare } from "../evidence-words.ts";
import type { ReadReport } from "../schema.ts";
import { count, duration } from "../units.ts";
import { block, code, folded, literal, table } from "./text.ts";

type Owned = { id: string; evidence: Evidence };

const owned = ({ stages }: Pick<ReadReport, "stages">): Owned[] =>
  stages.flatMap(({ steps }) => steps.flatMap(({ id, evidence }) => (evidence ? [{ id, evidence }] : [])));

/** Tests by step, and each failed one with what it says. */
export function tests(report: Pick<ReadReport, "stages">): string[] {
  const all = owned(report).flatMap(({ id, evidence: { tests: found } }) => (found ? [{ id, found }] : []));
  const rows = all.map(({ id, found }) => [
    literal(id),
    ...[found.total, found.passed, found.failed, found.skipped].map(String),
    duration(found.ms),
  ]);
  const failed = all.flatMap(({ found }) =>
    found.failures.flatMap(({ suite, name, message, output }) =>
      folded(
        `❌ ${suite === "" ? "" : `${suite} › `}${name}`,
        block([message ?? "", ...(output ? [output] : [])]),
      ),
    ),
  );
  return [...table(["step", "tests", "passed", "failed", "skipped", "time"], rows), ...failed];
}

/** Least covered files that are shown. */
const mostFiles = 20;

/** Coverage in total and of the files that are covered least. */
export function coverage(report: Pick<ReadReport, "stages">): string[] {
  const all = owned(report).flatMap(({ id, evidence: { coverage: found } }) =>
    found ? [{ id, found }] : [],
  );
  return all.flatMap(({ id, found }) => {
    const files = found.files.filter(({ total }) => total > 0).sort((a, b) => shareOf(a) - shareOf(b));
    const rows = files
      .slice(0, mostFiles)
      .map((file) => [code(file.path), coveredShare(file), `${file.covered} of ${file.total}`]);
    return [
      `**${literal(id)}**: ${coveredShare(found.lines)} of ${count(found.lines.total, "line")}${coverageChange(found)}`,
      "",
      ...folded(
        `${count(files.length, "file")}, the least covered first`,
        table(["file", "covered", "lines"], rows),
      ),
    ];
  });
}

/** What linters and scanners found, what is allowed, and scans that did not see everything. */
export function findings(report: Pick<ReadReport, "stages">, most: number): string[] {
  const all = owned(report);
  const found = all.flatMap(({ evidence }) => evidence.findings);
  const left =
    all.reduce((sum, { evidence }) => sum + evidence.omitted, 0) + Math.max(0, found.length - most);
  const incomplete = all.flatMap(({ id, evidence: { scan } }) =>
    scan && !scan.complete
      ? [`⚠️ ${literal(`${id} did not see everything: ${scan.reasons.join("; ")}`)}`, ""]
      : [],
  );
  const allowed = all.flatMap(({ evidence }) => evidence.allowed);
  return [
    ...incomplete,
    ...table(["", "where", "rule", "what", "tool"], found.slice(0, most).map(findingRow)),
    ...(left > 0 ? [`and ${left} more: the report that is kept with the run has all.`, ""] : []),
    ...folded(
      `${allowed.length} allowed by the configuration`,
      table(
        ["rule", "where", "why", "until"],
        allowed.map(({ finding, reason, expires }) => [
          code(namesOf(finding)),
          code(finding.path ?? "."),
          literal(reason),
          literal(expires),
        ]),
      ),
    ),
  ];
}

const findingRow = ({ severity, level, path, line, message, tool, ...finding }: Finding): string[] => [
  literal(severity ?? level),
  code(`${path ?? "."}${line === null ? "" : `:${line}`}`),
  code(namesOf(finding)),
  literal(message),
  literal(tool),
];
