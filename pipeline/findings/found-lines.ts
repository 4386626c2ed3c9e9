import type { Finding, TestEvidence } from "../evidence.ts";

/** Most lines that a failure shows. */
const mostLines = 10;

/** The first findings, a line each: PATH:LINE, rule, message; the worst ones first. */
export function foundLines(findings: Finding[]): string[] {
  const order = { error: 0, warning: 1, note: 2 };
  const worst = [...findings].sort((a, b) => order[a.level] - order[b.level]);
  return bounded(worst.map(lineOf));
}

/** The failed tests, a line each: suite, name, and the first line of what it says. */
export const testLines = ({ failures, failed }: TestEvidence): string[] =>
  bounded(
    failures.map(({ suite, name, message }) => {
      const said = message?.split("\n")[0]?.trim() ?? "";
      return [`${suite === "" ? "" : `${suite} › `}${name}`, said].filter((part) => part !== "").join(": ");
    }),
    failed,
  );

function lineOf({ path, line, message, severity, dependency, excerpt, ...finding }: Finding): string {
  const place = path === null ? "" : `${path}${line === null ? "" : `:${line}`} `;
  const fixed = dependency
    ? ` (${dependency.fixed === null ? "no fix is known" : `fixed in ${dependency.fixed}`})`
    : "";
  const found = excerpt === null ? "" : ` ${excerpt}`;
  return `${place}${namesOf(finding)}${severity === null ? "" : ` [${severity}]`}: ${message}${fixed}${found}`;
}

/** The rule, with the other names that it can be allowed by. */
export const namesOf = ({ rule, aliases = [] }: Pick<Finding, "rule" | "aliases">): string =>
  aliases.length === 0 ? rule : `${rule} (${aliases.join(", ")})`;

function bounded(lines: string[], all = lines.length): string[] {
  const shown = lines.slice(0, mostLines);
  return all > shown.length ? [...shown, `and ${all - shown.length} more`] : shown;
}
