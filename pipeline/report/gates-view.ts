import type { GateSeen } from "../failure.ts";
import { type Line, line } from "./console/line.ts";
import { tableRows } from "./table.ts";
import { displayWidth, fit, plainText } from "./text.ts";
import { count } from "./units.ts";

/** The go/no-go matrix in one line. */
export function gatesWords(version: string, environment: string, gates: GateSeen[]): string {
  const missed = gates.filter((gate) => gate.verdict !== "pass");
  return missed.length === 0
    ? `go: ${version} to ${environment}, ${count(gates.length, "gate")} passed`
    : `no-go: ${version} to ${environment}, ${missed.length} of ${count(gates.length, "gate")} did not pass`;
}

/** Most columns for who says so, and its share of a terminal that is too narrow for all: the reason matters more. */
const widestSays = 48;
const saysShare = 0.25;

const marks = { pass: "✔", fail: "✖", inconclusive: "?" } as const;
const styles = { pass: "green", fail: "red", inconclusive: "yellow" } as const;

/** The matrix as a table that fits `columns`: gate, verdict, who or what said so, and why. */
export function gatesTable(gates: GateSeen[], columns: number): Line[] {
  const widest = (cells: string[]): number => Math.max(0, ...cells.map(displayWidth));
  const reasons = widest(gates.map(({ reason }) => plainText(reason)));
  const left =
    columns -
    widest(gates.map(({ gate }) => gate)) -
    widest(gates.map(({ verdict }) => verdict)) -
    reasons -
    8;
  const says = Math.min(widestSays, Math.max(Math.floor(columns * saysShare), left));
  const rows = gates.map(({ gate, verdict, by, reason }) => [
    `${marks[verdict]} ${gate}`,
    verdict,
    fit(plainText(by), says),
    plainText(reason),
  ]);
  return tableRows([["  GATE", "VERDICT", "SAYS", "WHY"], ...rows], columns).flatMap((lines, index) => {
    const verdict = gates[index - 1]?.verdict;
    return lines.map((text) => line(text, verdict === undefined ? "dim" : styles[verdict]));
  });
}
