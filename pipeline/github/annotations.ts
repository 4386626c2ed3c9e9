import type { Evidence, Finding, TestCase } from "../evidence.ts";
import type { ReadReport } from "../report/schema.ts";

/** What GitHub shows beside a line of a change. */
export type Annotation = {
  type: "error" | "warning" | "notice";
  message: string;
  title: string;
  file: string | null;
  /** 1-based. */
  line: number | null;
  column: number | null;
};

/** GitHub shows at most this many of each type from one step of a job. */
export const mostOfType = 10;

/** Longest message (GitHub: 64 KiB), in characters. */
const longestMessage = 4000;

/**
 * What failed and what was found, as annotations: failures first, then the worst findings, at most ten of each type.
 * `left` is how many more there are, which the summary has.
 */
export function annotationsOf(report: Pick<ReadReport, "stages" | "failures">): {
  annotations: Annotation[];
  left: number;
} {
  const evidences = report.stages.flatMap(({ steps }) => steps.flatMap(({ evidence }) => evidence ?? []));
  const all = [
    ...evidences.flatMap(({ tests }) => (tests?.failures ?? []).map(ofTest)),
    ...evidences
      .flatMap(({ findings }) => findings)
      .toSorted(byWeight)
      .map(ofFinding),
    ...report.failures.map(({ what, next }) => said("error", "Bellwether", `${what} next: ${next}`)),
  ];
  const kept = (["error", "warning", "notice"] as const).flatMap((type) =>
    all.filter((one) => one.type === type).slice(0, mostOfType),
  );
  const omitted = evidences.reduce((sum, one: Evidence) => sum + one.omitted, 0);
  return { annotations: kept, left: all.length - kept.length + omitted };
}

const types = { error: "error", warning: "warning", note: "notice" } as const;

const weights = { critical: 0, high: 1, unknown: 1, medium: 2, low: 3 };

const byWeight = (one: Finding, other: Finding): number => weightOf(one) - weightOf(other);

const weightOf = ({ severity, level }: Finding): number =>
  severity === null ? (level === "error" ? 1 : 3) : weights[severity];

const ofFinding = ({
  tool,
  rule,
  level,
  severity,
  message,
  path,
  line,
  column,
  excerpt,
}: Finding): Annotation => ({
  type: types[level],
  title: `${tool}: ${rule}${severity === null ? "" : ` (${severity})`}`,
  message: shortened(excerpt === null ? message : `${message}: ${excerpt}`),
  ...{ file: path, line, column },
});

const ofTest = ({ suite, name, file, message, output }: TestCase): Annotation => ({
  type: "error",
  title: suite === "" ? name : `${suite} › ${name}`,
  message: shortened([message ?? "it failed", output ?? ""].join("\n").trim()),
  ...{ file, line: null, column: null },
});

const said = (type: Annotation["type"], title: string, message: string): Annotation => ({
  ...{ type, title, message: shortened(message) },
  ...{ file: null, line: null, column: null },
});

const shortened = (text: string): string =>
  text.length <= longestMessage ? text : `${text.slice(0, longestMessage - 1)}…`;
