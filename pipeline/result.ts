import type { Failure } from "./failure.ts";

/** What a fallible operation gives: a value, or an expected failure. Throwing is for bugs. */
export type Result<T, F = Failure> = { ok: true; value: T } | { ok: false; failure: F };

export const ok = <T>(value: T): { ok: true; value: T } => ({ ok: true, value });

export const fail = <F>(failure: F): { ok: false; failure: F } => ({ ok: false, failure });
