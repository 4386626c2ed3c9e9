import type { Level } from "../../evidence.ts";
import type { Result } from "../../result.ts";
import type { Unmarked } from "../fingerprint.ts";

/** Text that a tool printed or wrote, without colours, → what it found; a failure is one sentence. */
export type Reader = (text: string) => Result<Unmarked[], string>;

/** One finding of a linter; what is left out is unknown. */
export function finding(
  tool: string,
  given: {
    rule: string;
    level: Level;
    message: string;
    path: string | null;
    line?: number | null;
    column?: number | null;
    help?: string | null;
  },
): Unmarked {
  const { rule, level, message, path } = given;
  return {
    tool,
    rule: rule || tool,
    level,
    severity: null,
    message: message.trim().slice(0, 2_000),
    path,
    line: positive(given.line),
    column: positive(given.column),
    help: given.help ?? null,
    excerpt: null,
    dependency: null,
  };
}

/** Lines and columns are 1-based; what is not, is unknown. */
const positive = (value: number | null | undefined): number | null =>
  value !== null && value !== undefined && Number.isInteger(value) && value > 0 ? value : null;

/** The level of a word that tools use for it; what no word tells is a warning. */
export function levelOf(word: string): Level {
  const said = word.toLowerCase();
  if (/^(error|fatal|critical|e|f|deny)/.test(said)) return "error";
  if (/^(note|info|information|hint|style|convention|refactor|help|c|r|i)/.test(said)) return "note";
  return "warning";
}

/**
 * The JSON values in a text: all of it, or its last line that is JSON (tools print words before it), or one a line.
 * Empty where there is none.
 */
export function jsonIn(text: string): unknown[] {
  const whole = parsed(text.trim());
  if (whole !== undefined) return [whole];
  const start = text.search(/^\s*[[{]\s*$/m);
  const rest = start < 0 ? undefined : parsed(text.slice(start, lastEnd(text) + 1));
  if (rest !== undefined) return [rest];
  return text.split("\n").flatMap((line) => {
    const value = /^\s*[[{]/.test(line) ? parsed(line.trim()) : undefined;
    return value === undefined ? [] : [value];
  });
}

const lastEnd = (text: string): number => Math.max(text.lastIndexOf("]"), text.lastIndexOf("}"));

function parsed(text: string): unknown {
  if (!/^[[{]/.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
