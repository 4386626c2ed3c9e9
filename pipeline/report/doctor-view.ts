import { table } from "./table.ts";
import { count } from "./units.ts";

/** One precondition that was looked at. A problem stops a deploy, a warning does not. */
export type Finding = {
  /** What it is part of: "repository", "machine", "secrets", or an environment's name. */
  room: string;
  /** What was looked at, e.g. "git", "port 8080". */
  what: string;
  state: "ok" | "warning" | "problem";
  detail: string;
  /** What to do; null where all is well. */
  remedy: string | null;
};

const marks = { ok: "✔", warning: "!", problem: "✖" } as const;

/** Every precondition as a table, room by room, each remedy below its line; the last line counts. */
export function doctorView(findings: Finding[]): string[] {
  const rows = table(findings.map(({ what, state, detail }) => [`  ${marks[state]} ${what}`, state, detail]));
  let room = "";
  const lines = findings.flatMap((finding, index) => {
    const head = finding.room === room ? [] : [...(room === "" ? [] : [""]), finding.room];
    room = finding.room;
    const next = finding.remedy === null ? [] : [`      next: ${finding.remedy}`];
    return [...head, rows[index] ?? "", ...next];
  });
  const number = (state: Finding["state"]) => findings.filter((one) => one.state === state).length;
  const [problems, warnings] = [number("problem"), number("warning")];
  return [
    ...lines,
    "",
    `${count(findings.length, "check")}: ${count(problems, "problem")}, ${count(warnings, "warning")}`,
  ];
}
