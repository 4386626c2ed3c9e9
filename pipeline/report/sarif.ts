import type { Evidence, Finding, Severity } from "../evidence.ts";
import type { Report } from "./report.ts";

/** Most results of a file: what GitHub takes of one run. */
const mostResults = 25_000;

/** Longest name of a tool in that of a file, in characters: a tool names itself. */
const longestName = 100;

/** GitHub sorts by this number, which is meant as a CVSS score. */
const score: Record<Severity, string> = {
  critical: "9.5",
  high: "8.0",
  medium: "5.5",
  low: "2.0",
  unknown: "8.0",
};

type Stated = { finding: Finding; allowed: string | null };

/**
 * The findings of a report as SARIF 2.1.0 (OASIS), one file a tool with one run each: by name of the file, its text.
 * What the configuration allows is there as suppressed (§3.35). A tool without findings has an empty run, so that
 * what it found before is known to be gone.
 */
export function sarifFiles(report: Report, version: string): Record<string, string> {
  const byTool = new Map<string, Stated[]>();
  const of = (tool: string): Stated[] => {
    const found = byTool.get(tool) ?? [];
    byTool.set(tool, found);
    return found;
  };
  for (const evidence of evidences(report)) {
    for (const { name } of evidence.scan?.tools ?? []) of(name);
    if (evidence.linter !== null) of(evidence.linter);
    const stated: Stated[] = [
      ...evidence.findings.map((finding) => ({ finding, allowed: null })),
      ...evidence.allowed.map(({ finding, reason, expires }) => ({
        finding,
        allowed: `${reason} (until ${expires})`,
      })),
    ];
    for (const one of stated) of(one.finding.tool).push(one);
  }
  const names = fileNames([...byTool.keys()]);
  return Object.fromEntries(
    [...byTool].map(([tool, stated], at) => [
      names[at],
      `${JSON.stringify(log(tool, stated.slice(0, mostResults), version), null, 2)}\n`,
    ]),
  );
}

/** A file's name for each tool, no two of them the same on any system: what a name cannot hold may be all that differs. */
function fileNames(tools: string[]): string[] {
  const taken = new Set<string>();
  return tools.map((tool) => {
    const plain = tool.replace(/[^\w.-]/g, "-").slice(0, longestName) || "tool";
    let name = plain;
    for (let next = 2; taken.has(name.toLowerCase()); next++) name = `${plain}-${next}`;
    taken.add(name.toLowerCase());
    return `${name}.sarif`;
  });
}

const evidences = (report: Report): Evidence[] =>
  report.stages.flatMap(({ steps }) => steps.flatMap(({ evidence }) => (evidence ? [evidence] : [])));

function log(tool: string, stated: Stated[], version: string): unknown {
  const rules = [...new Map(stated.map(({ finding }) => [finding.rule, finding])).values()];
  const index = new Map(rules.map(({ rule }, at) => [rule, at]));
  return {
    $schema: "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: { driver: driverOf(tool, rules, version) },
        // Another run of the same tool over the same repository takes the place of this one (§3.17.3).
        automationDetails: { id: `bellwether/${tool}/` },
        properties: { collectedBy: `bellwether ${version}` },
        results: stated.map((one) => resultOf(one, index.get(one.finding.rule) ?? -1)),
      },
    ],
  };
}

/** Only our own version is known here. */
const driverOf = (tool: string, rules: Finding[], version: string): unknown => ({
  name: tool,
  ...(tool === "bellwether" ? { semanticVersion: version } : {}),
  rules: rules.map(ruleOf),
});

/** GitHub shows description and help, and refuses a rule without them; the tool's own page is named where it is known. */
const ruleOf = ({ tool, rule, message, help, severity }: Finding): unknown => ({
  id: rule,
  shortDescription: { text: shortened(message, 255) },
  fullDescription: { text: shortened(`${tool} reports ${rule}, for example: ${message}`, 1_000) },
  help: {
    text: help ?? `${rule} is a rule of ${tool}: its documentation says what it asks and how it is met.`,
  },
  ...(help === null ? {} : { helpUri: help }),
  ...(severity === null ? {} : { properties: { tags: ["security"], "security-severity": score[severity] } }),
});

function resultOf({ finding, allowed }: Stated, ruleIndex: number): unknown {
  const { rule, level, message, path, line, column, fingerprint, excerpt, dependency } = finding;
  const fixed = dependency?.fixed ? ` Fixed in ${dependency.fixed}.` : "";
  const region =
    line === null ? {} : { region: { startLine: line, ...(column === null ? {} : { startColumn: column }) } };
  return {
    ruleId: rule,
    ruleIndex,
    level,
    message: { text: shortened(`${message}${excerpt === null ? "" : `: ${excerpt}`}.${fixed}`, 1_000) },
    locations: [
      {
        physicalLocation: {
          artifactLocation: locationOf(path ?? "."),
          ...region,
        },
      },
    ],
    partialFingerprints: { "bellwether/v1": fingerprint },
    ...(allowed === null
      ? {}
      : { suppressions: [{ kind: "external", status: "accepted", justification: allowed }] }),
  };
}

/** Relative to the root of the sources; a path outside of it is absolute, and has no base (§3.4.4). */
function locationOf(path: string): unknown {
  const drive = /^[A-Za-z]:(?=\/)/.exec(path)?.[0] ?? "";
  if (drive === "" && !path.startsWith("/")) return { uri: uriOf(path), uriBaseId: "%SRCROOT%" };
  const rooted = `${drive === "" ? "" : `/${drive}`}${uriOf(path.slice(drive.length))}`;
  return { uri: `file:${rooted.startsWith("//") ? "" : "//"}${rooted}` };
}

/** A path as a URI reference (RFC 3986): a colon in its first part would make it a scheme. */
const uriOf = (path: string): string => wellFormed(path).split("/").map(encodeURIComponent).join("/");

/** Half a character, which a cut text may end in, is none that a URI can say. */
const wellFormed = (text: string): string => text.replace(/\p{Surrogate}/gu, "\uFFFD");

const shortened = (text: string, most: number): string =>
  text.length <= most ? text : `${text.slice(0, most - 1)}…`;
