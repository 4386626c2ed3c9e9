import type { GateSeen } from "../failure.ts";
import { table } from "./table.ts";
import { fit, plainText } from "./text.ts";
import { count } from "./units.ts";

/** The go/no-go matrix in one line. */
export function gatesWords(version: string, environment: string, gates: GateSeen[]): string {
  const missed = gates.filter((gate) => gate.verdict !== "pass");
  return missed.length === 0
    ? `go: ${version} to ${environment}, ${count(gates.length, "gate")} passed`
    : `no-go: ${version} to ${environment}, ${missed.length} of ${count(gates.length, "gate")} did not pass`;
}

/** The reason matters more than the whole of a command or a URL. */
const widestSays = 28;

const marks = { pass: "✔", fail: "✖", inconclusive: "?" } as const;

/** The matrix as a table: gate, verdict, who or what said so, and why. */
export const gatesTable = (gates: GateSeen[]): string[] =>
  table([
    ["  GATE", "VERDICT", "SAYS", "WHY"],
    ...gates.map(({ gate, verdict, by, reason }) => [
      `${marks[verdict]} ${gate}`,
      verdict,
      fit(plainText(by), widestSays),
      plainText(reason),
    ]),
  ]);
