import { broken, displayWidth } from "./text.ts";

/** Narrower than this (columns), no text is set. */
const leastWidth = 16;

/**
 * Rows as lines: columns are as wide as their widest cell and two spaces apart; no trailing spaces. Where that is
 * wider than `columns`, the last cell of a row goes on in lines below itself.
 */
export const table = (rows: string[][], columns = Number.POSITIVE_INFINITY): string[] =>
  tableRows(rows, columns).flat();

/** The same, the lines of each row by themselves. */
export function tableRows(rows: string[][], columns = Number.POSITIVE_INFINITY): string[][] {
  const widths: number[] = [];
  for (const row of rows)
    row.forEach((cell, column) => {
      // The last cell of a row may be long: it does not widen anything after it.
      if (column < row.length - 1) widths[column] = Math.max(widths[column] ?? 0, displayWidth(cell));
    });
  return rows.map((row) => {
    const before = row
      .slice(0, -1)
      .map((cell, column) => `${cell}${" ".repeat((widths[column] ?? 0) - displayWidth(cell))}  `)
      .join("");
    const indent = displayWidth(before);
    const [first = "", ...rest] = broken(row.at(-1) ?? "", Math.max(leastWidth, columns - indent));
    return [`${before}${first}`.trimEnd(), ...rest.map((line) => `${" ".repeat(indent)}${line}`)];
  });
}
