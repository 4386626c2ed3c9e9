import { displayWidth } from "./text.ts";

/** Rows as lines: columns are as wide as their widest cell and two spaces apart; no trailing spaces. */
export function table(rows: string[][]): string[] {
  const widths: number[] = [];
  for (const row of rows)
    row.forEach((cell, column) => {
      // The last cell of a row may be long: it does not widen anything after it.
      if (column < row.length - 1) widths[column] = Math.max(widths[column] ?? 0, displayWidth(cell));
    });
  return rows.map((row) =>
    row
      .map((cell, column) => cell + " ".repeat(Math.max(0, (widths[column] ?? 0) - displayWidth(cell))))
      .join("  ")
      .trimEnd(),
  );
}
