import type { Covered, Evidence } from "../../evidence.ts";
import { shareOf } from "../../findings/coverage-rule.ts";
import { namesOf } from "../../findings/found-lines.ts";
import { coverageChange, coveredShare } from "../evidence-words.ts";
import type { Report } from "../report.ts";
import type { ReadReport } from "../schema.ts";
import { count, duration } from "../units.ts";
import { type Html, long, markup, section, tableOf } from "./markup.ts";

/** Most rows of findings, and of files, that the page shows; the JSON and the SARIF files hold all. */
const mostRows = 200;
const mostFiles = 30;

type Owned = { id: string; evidence: Evidence };

const owned = (report: Pick<ReadReport, "stages">): Owned[] =>
  report.stages.flatMap(({ steps }) =>
    steps.flatMap(({ id, evidence }) => (evidence ? [{ id, evidence }] : [])),
  );

/** Tests of all steps: failed ones with what they say, then the slowest. */
export function tests(report: Report): Html {
  const all = owned(report).flatMap(({ id, evidence: { tests: found } }) => (found ? [{ id, found }] : []));
  return section(
    "Tests",
    ...all.map(
      ({
        id,
        found,
      }) => markup`<h3>${id}</h3><p>${count(found.total, "test")}: ${found.passed} passed, ${found.failed} failed, ${found.skipped} skipped, ${duration(found.ms)}</p>
${found.failures.map(
  ({ suite, name, message, output }) =>
    markup`<details open><summary class="failed">${suite === "" ? "" : `${suite} › `}${name}</summary><p>${message ?? ""}</p>${output ? markup`<pre>${output}</pre>` : markup``}</details>`,
)}${more(found.failed - found.failures.length)}
<details><summary>slowest</summary>${tableOf(
        [long("test"), "time"],
        found.slowest.map(({ suite, name, ms }) => [
          markup`${suite === "" ? "" : `${suite} › `}${name}`,
          markup`${duration(ms)}`,
        ]),
      )}</details>`,
    ),
  );
}

/** What a list leaves out: it never ends without saying so. */
const more = (left: number): Html => (left > 0 ? markup`<p class="dim">and ${left} more</p>` : markup``);

/**
 * Coverage in total, beside the run before and the base branch where they are at hand, what it falls short of, and
 * the files that are covered least.
 */
export function coverage(report: Report, before: ReadReport | null): Html {
  const earlier = new Map(before ? owned(before).map(({ id, evidence }) => [id, evidence.coverage]) : []);
  const shortfalls = new Map(
    report.failures.flatMap(({ detail }) =>
      detail.kind === "coverage-low" ? [[detail.step, detail.shortfalls]] : [],
    ),
  );
  return section(
    "Coverage",
    ...owned(report).flatMap(({ id, evidence: { coverage: found } }) => {
      if (!found) return [];
      const files = [...found.files].filter((file) => file.total > 0).sort((a, b) => shareOf(a) - shareOf(b));
      const rows = files
        .slice(0, mostFiles)
        .map((file) => [markup`${file.path}`, meter(file), markup`${file.covered} of ${file.total}`]);
      const least = files.length > mostFiles ? `, the ${mostFiles} least covered` : "";
      return [
        markup`<h3>${id}: ${coveredShare(found.lines)}${coverageChange(found, earlier.get(id))}</h3>`,
        ...(shortfalls.get(id) ?? []).map((words) => markup`<p class="failed">${words}</p>`),
        markup`<details><summary>${count(files.length, "file")}${least}</summary>${tableOf([long("file"), "lines", ""], rows)}</details>`,
      ];
    }),
  );
}

const meter = (of: Covered): Html =>
  markup`<meter min="0" max="1" value="${shareOf(of).toFixed(3)}"></meter> ${coveredShare(of)}`;

/** What linters and scanners found, what is allowed, and what a scan could not see. */
export function findings(report: Report): Html {
  const all = owned(report);
  const rows = all.flatMap(({ evidence }) =>
    evidence.findings.map(({ tool, level, severity, message, path, line, help, excerpt, ...finding }) => [
      markup`<span class="${level}">${severity ?? level}</span>`,
      markup`${path ?? ""}${line === null ? "" : `:${line}`}`,
      markup`${message}${excerpt === null ? "" : ` ${excerpt}`}`,
      help?.startsWith("https://")
        ? markup`<a href="${help}">${namesOf(finding)}</a>`
        : markup`${namesOf(finding)}`,
      markup`${tool}`,
    ]),
  );
  const omitted =
    all.reduce((sum, { evidence }) => sum + evidence.omitted, 0) + Math.max(0, rows.length - mostRows);
  const scans = all.flatMap(({ id, evidence: { scan } }) =>
    scan && !scan.complete
      ? [markup`<p class="failed">${id} is not complete: ${scan.reasons.join("; ")}</p>`]
      : [],
  );
  const allowed = all.flatMap(({ evidence }) => evidence.allowed);
  return section(
    "Findings",
    ...scans,
    tableOf(["", long("where"), long("what"), "rule", "tool"], rows.slice(0, mostRows)),
    more(omitted),
    allowed.length === 0
      ? markup``
      : markup`<details><summary>${allowed.length} allowed</summary>${tableOf(
          ["rule", long("where"), long("why"), "until"],
          allowed.map(({ finding, reason, expires }) => [
            markup`${namesOf(finding)}`,
            markup`${finding.path ?? ""}`,
            markup`${reason}`,
            markup`${expires}`,
          ]),
        )}</details>`,
  );
}
