import type { Failure, FailureKind } from "../../failure.ts";

/** A failure in words: what happened, where, what was expected, what to do next; `details` are lines to show. */
export type Explained = {
  what: string;
  where: string | null;
  expected: string | null;
  details: string[];
  next: string;
};

/** Failures by kind. */
export type FailureOf<K extends FailureKind> = Extract<Failure, { kind: K }>;

/** The words of some kinds; `explain` is for a failure inside a failure. */
export type Words<K extends FailureKind> = {
  [P in K]: (failure: FailureOf<P>, explain: (inner: Failure) => Explained) => Explained;
};

/** Fills in what a failure has nothing to say about. */
export const explained = (
  what: string,
  next: string,
  more: Partial<Omit<Explained, "what" | "next">> = {},
): Explained => ({ what, where: null, expected: null, details: [], ...more, next });
