import type { Problem } from "../../failure.ts";

/** One line: `file:line:column path: got …, expected … (did you mean …?) → remedy`. */
export const problemLine = (problem: Problem): string => `${problemWords(problem)} → ${problem.remedy}`;

/** The same without what to do. */
export function problemWords(problem: Problem): string {
  const { file, line, column, path, got, expected, nearest } = problem;
  const place = line > 0 ? `${file}:${line}:${column}` : file;
  const key = path === "" ? "" : ` ${path}`;
  const hint = nearest === undefined ? "" : ` (did you mean ${nearest}?)`;
  return `${place}${key}: got ${got}, expected ${expected}${hint}`;
}
