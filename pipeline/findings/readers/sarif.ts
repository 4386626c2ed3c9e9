import { fail, ok, type Result } from "../../result.ts";
import type { Unmarked } from "../fingerprint.ts";
import { listOf, mapOf, numberOf, textOf } from "../values.ts";
import { finding, levelOf } from "./reader.ts";

type Table = Record<string, unknown>;

/**
 * SARIF 2.1.0: runs[].results[] (§3.14.23, §3.27); null where a value is no SARIF. What passed, does not apply (§3.27.9)
 * or is suppressed (§3.35) is no finding. Another version has other names for the same things: nobody knows what it says.
 */
export function sarifFindings(values: unknown[]): Result<Unmarked[], string> | null {
  const { runs, version } = mapOf(values[0]);
  if (!Array.isArray(runs)) return null;
  if (version !== undefined && version !== "2.1.0")
    return fail(`it is SARIF of the version ${String(version)}, expected 2.1.0`);
  return ok(runs.map(mapOf).flatMap(findingsOf));
}

function findingsOf(run: Table): Unmarked[] {
  const driver = mapOf(mapOf(run.tool).driver);
  const rules = listOf(driver.rules).map(mapOf);
  return listOf(run.results)
    .map(mapOf)
    .filter((result) => !/^(pass|notApplicable)$/.test(textOf(result.kind)) && !isSuppressed(result))
    .map((result) => {
      const at = mapOf(mapOf(listOf(result.locations)[0]).physicalLocation);
      const region = mapOf(at.region);
      const id = textOf(result.ruleId) || textOf(mapOf(result.rule).id);
      const index = numberOf(result.ruleIndex) ?? numberOf(mapOf(result.rule).index) ?? -1;
      const known = rules[index] ?? rules.find((each) => each.id === id) ?? {};
      return finding(textOf(driver.name) || "sarif", {
        rule: id || textOf(known.id) || "unknown",
        level: levelOf(levelIn(result, known)),
        message: textOf(mapOf(result.message).text),
        path: pathOf(textOf(mapOf(at.artifactLocation).uri)),
        line: numberOf(region.startLine),
        column: numberOf(region.startColumn),
        help: textOf(known.helpUri) || null,
      });
    });
}

/** §3.27.10: its own level, that of its rule, or a warning; what is no failure has none, and is a note here. */
function levelIn(result: Table, rule: Table): string {
  const kind = textOf(result.kind) || "fail";
  const own =
    textOf(result.level) || (kind === "fail" ? textOf(mapOf(rule.defaultConfiguration).level) : "none");
  return own === "none" ? "note" : own || "warning";
}

/** §3.35.1: with suppressions none of which is under review or rejected. */
function isSuppressed(result: Table): boolean {
  const all = listOf(result.suppressions).map(mapOf);
  return all.length > 0 && all.every(({ status }) => status === undefined || status === "accepted");
}

function pathOf(uri: string): string | null {
  if (uri === "") return null;
  try {
    return decodeURIComponent(uri.replace(/^file:\/\//, ""));
  } catch {
    return uri;
  }
}
