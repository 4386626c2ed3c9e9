import type { Unmarked } from "../fingerprint.ts";
import { listOf, mapOf, numberOf, textOf } from "../values.ts";
import { finding, levelOf } from "./reader.ts";

/** SARIF 2.1.0: runs[].results[] (§3.14.23, §3.27); null where a value is no SARIF. */
export function sarifFindings(values: unknown[]): Unmarked[] | null {
  const runs = mapOf(values[0]).runs;
  if (!Array.isArray(runs)) return null;
  return runs.map(mapOf).flatMap((run) => {
    const driver = mapOf(mapOf(run.tool).driver);
    const rules = listOf(driver.rules).map(mapOf);
    return listOf(run.results)
      .map(mapOf)
      .map((result) => {
        const at = mapOf(mapOf(listOf(result.locations)[0]).physicalLocation);
        const region = mapOf(at.region);
        const rule =
          textOf(result.ruleId) || textOf(rules[numberOf(result.ruleIndex) ?? -1]?.id) || "unknown";
        const help = textOf(rules.find((each) => each.id === rule)?.helpUri) || null;
        return finding(textOf(driver.name) || "sarif", {
          rule,
          // §3.27.10: a result without a level is a warning.
          level: levelOf(textOf(result.level) || "warning"),
          message: textOf(mapOf(result.message).text),
          path: pathOf(textOf(mapOf(at.artifactLocation).uri)),
          line: numberOf(region.startLine),
          column: numberOf(region.startColumn),
          help,
        });
      });
  });
}

function pathOf(uri: string): string | null {
  if (uri === "") return null;
  try {
    return decodeURIComponent(uri.replace(/^file:\/\//, ""));
  } catch {
    return uri;
  }
}
