import type { SmokeCheck } from "../config/config.ts";
import type { ProbeSeen } from "../failure.ts";
import type { HttpAnswer } from "../io/http.ts";
import { readProbe } from "./readiness.ts";

/** Holds an answer against its check: null where it is as expected, else what was seen and what is wrong with it. */
export function checkSmoke(check: SmokeCheck, answer: HttpAnswer, url: string): ProbeSeen | null {
  const { status, json, text, withinMs } = check.expect;
  const seen = readProbe(answer, { url, expected: status, timeoutMs: withinMs });
  if (answer.kind === "none" || answer.status !== status) return seen;
  const wrong = (summary: string): ProbeSeen => ({ ...seen, summary });
  if (answer.ms > withinMs) return wrong(`answered in ${Math.round(answer.ms)} ms, expected ${withinMs} ms`);
  if (text !== null && !answer.body.includes(text)) return wrong(`body without ${JSON.stringify(text)}`);
  if (json === null) return null;
  const body = parsed(answer.body);
  if (body === undefined) return wrong("body is not JSON");
  const difference = firstDifference(json, body, "");
  return difference === null ? null : wrong(difference);
}

/** Every key that is expected must be there; others may be there too. Lists are compared element by element. */
function firstDifference(expected: unknown, got: unknown, path: string): string | null {
  if (expected === null || typeof expected !== "object") {
    return Object.is(expected, got) ? null : `${path || "body"} is ${text(got)}, expected ${text(expected)}`;
  }
  if (got === null || typeof got !== "object" || Array.isArray(expected) !== Array.isArray(got)) {
    return `${path || "body"} is ${text(got)}, expected ${text(expected)}`;
  }
  if (Array.isArray(expected) && Array.isArray(got) && expected.length !== got.length) {
    return `${path || "body"} has ${got.length} elements, expected ${expected.length}`;
  }
  const values = new Map<string, unknown>(Object.entries(got));
  for (const [key, value] of Object.entries(expected)) {
    const difference = firstDifference(value, values.get(key), path ? `${path}.${key}` : key);
    if (difference) return difference;
  }
  return null;
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

const text = (value: unknown): string =>
  value === undefined ? "missing" : (JSON.stringify(value) ?? "unknown").slice(0, 100);
