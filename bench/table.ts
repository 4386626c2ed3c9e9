import type { Measured } from "./figure.ts";

/** The rows as a table of four columns: figure | measured | bound | pass or fail. */
export function table(rows: readonly Measured[]): string {
  const lines = [
    ["figure", "measured", "bound", "result"],
    ...rows.map(({ figure, measured, bound, pass }) => [figure, measured, bound, pass ? "pass" : "fail"]),
  ];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...lines.map((line) => (line[column] ?? "").length)));
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join(" | ")
        .trimEnd(),
    )
    .join("\n");
}
