import { type Line, line } from "./console/line.ts";
import { tableRows } from "./table.ts";
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

const styles = { ok: "green", warning: "yellow", problem: "red" } as const;

/** Every precondition as a table that fits `columns`, room by room, each remedy below its line; the last line counts. */
export function doctorView(findings: Finding[], columns = Number.POSITIVE_INFINITY): Line[] {
  const cells = findings.map(({ what, state, detail }) => [`  ${marks[state]} ${what}`, state, detail]);
  const rows = tableRows(cells, columns);
  let room = "";
  const lines = findings.flatMap((finding, index) => {
    const gap = room === "" ? [] : [line("")];
    const head = finding.room === room ? [] : [...gap, line(finding.room, "bold")];
    room = finding.room;
    const next = finding.remedy === null ? [] : [line(`      next: ${finding.remedy}`)];
    return [...head, ...(rows[index] ?? []).map((text) => line(text, styles[finding.state])), ...next];
  });
  const number = (state: Finding["state"]) => findings.filter((one) => one.state === state).length;
  const [problems, warnings] = [number("problem"), number("warning")];
  return [
    ...lines,
    line(""),
    line(
      `${count(findings.length, "check")}: ${count(problems, "problem")}, ${count(warnings, "warning")}`,
      problems > 0 ? "red" : "plain",
    ),
  ];
}
