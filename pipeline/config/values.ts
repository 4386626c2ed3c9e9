import { parseDuration, parsePercent } from "./units.ts";

/** A written duration, or its default, in milliseconds; the schema has made sure that it is one. */
export const milliseconds = (written: string | undefined, otherwise: string): number =>
  parseDuration(written ?? otherwise) ?? 0;

/** A written percentage, or its default, as a fraction. */
export const fraction = (written: string | undefined, otherwise = "0%"): number =>
  parsePercent(written ?? otherwise) ?? 0;

/** Variables as text. */
export const values = (
  written: Record<string, string | number | boolean> | undefined,
): Record<string, string> =>
  Object.fromEntries(Object.entries(written ?? {}).map(([name, value]) => [name, String(value)]));

/** One or several as several. */
export const list = (written: string | string[]): string[] =>
  typeof written === "string" ? [written] : written;
