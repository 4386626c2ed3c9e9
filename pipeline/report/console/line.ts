import type { Outcome } from "../../run/event.ts";
import { fit, flow, plainText } from "../text.ts";

export type Style = "plain" | "dim" | "bold" | "green" | "red" | "yellow" | "cyan";

/** One line for a terminal: plain text in one style. */
export type Line = { text: string; style: Style };

export const line = (text: string, style: Style = "plain"): Line => ({ text, style });

/** Lines as many columns further in. */
export const indented = (lines: Line[], columns: number): Line[] =>
  lines.map(({ text, style }) => line(`${" ".repeat(columns)}${text}`, style));

/** A line as the lines of at most `columns` that it takes in a terminal (see `flow`). */
export const flowing = ({ text, style }: Line, columns: number): Line[] =>
  flow(plainText(text), columns).map((part) => line(part, style));

const codes: Record<Style, string> = {
  plain: "",
  dim: "2",
  bold: "1",
  green: "32",
  red: "31",
  yellow: "33",
  cyan: "36",
};

/** A line as it is written, without a line end: no control characters but our own colour. */
export function painted({ text, style }: Line, colour: boolean, columns = Number.POSITIVE_INFINITY): string {
  const shown = fit(plainText(text), columns);
  return colour && codes[style] !== "" ? `\u001b[${codes[style]}m${shown}\u001b[0m` : shown;
}

/** Mark and style of an outcome; the word says the same for those who see no colour. */
export const outcomeMark: Record<Outcome | "waits", { mark: string; style: Style }> = {
  passed: { mark: "✔", style: "green" },
  failed: { mark: "✖", style: "red" },
  skipped: { mark: "○", style: "dim" },
  interrupted: { mark: "■", style: "yellow" },
  waits: { mark: "‖", style: "yellow" },
};
