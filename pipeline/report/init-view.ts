import { type Line, line } from "./console/line.ts";

/** What is said about a configuration that was made from a repository. */
type Saying =
  | { kind: "found"; what: string; where: string }
  | { kind: "guessed"; what: string; because: string }
  | { kind: "unknown"; what: string; remedy: string };

type Made = {
  file: string;
  written: boolean;
  /** Paths that git should ignore. */
  ignored: string[];
  /** What to do with it, or null. */
  next: string | null;
};

/** What was found, what was guessed and what nobody could know, and what to do next. */
export function initLines(sayings: Saying[], { file, written, ignored, next }: Made): (string | Line)[] {
  const words = (saying: Saying): string => {
    switch (saying.kind) {
      case "found":
        return `found    ${saying.what}: ${saying.where}`;
      case "guessed":
        return `guessed  ${saying.what}: ${saying.because}`;
      case "unknown":
        return `unknown  ${saying.what}\n           next: ${saying.remedy}`;
    }
  };
  const of = (kind: Saying["kind"]) => sayings.filter((saying) => saying.kind === kind);
  return [
    ...[...of("found"), ...of("guessed"), ...of("unknown")].flatMap((saying) => words(saying).split("\n")),
    line(written ? `wrote ${file}` : `${file} would be written so`, "green"),
    ...(ignored.length > 0 ? [`  next: add to .gitignore: ${ignored.join(" ")}`] : []),
    ...(written && next !== null ? [`  next: ${next}`] : []),
  ];
}
