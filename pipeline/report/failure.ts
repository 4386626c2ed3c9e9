import type { Failure, FailureKind } from "../failure.ts";
import type { Explained, FailureOf, Words } from "./failures/explained.ts";
import { invalidInput } from "./failures/invalid-input.ts";
import { outcome } from "./failures/outcome.ts";
import { precondition } from "./failures/precondition.ts";

export type { Explained } from "./failures/explained.ts";

/** Every kind of failure has its words: the compiler refuses a table that misses one. */
const words: Words<FailureKind> = { ...invalidInput, ...precondition, ...outcome };

/** The one place where a failure becomes words. */
export const explain = (failure: Failure): Explained => explainKind(failure.kind, failure);

/** The same as lines of text: the sentence, then its details indented, then what was expected and what to do next. */
export function explainLines(failure: Failure): string[] {
  const { what, expected, details, next } = explain(failure);
  return [
    what,
    ...details.map((line) => `  | ${line}`),
    ...(expected === null ? [] : [`  expected: ${expected}`]),
    `  next: ${next}`,
  ];
}

function explainKind<K extends FailureKind>(kind: K, failure: FailureOf<K>): Explained {
  return words[kind](failure, explain);
}
