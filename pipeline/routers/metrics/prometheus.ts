import { z } from "zod";
import type { Point, Reading } from "../../deploy/measurement.ts";
import type { SourceLook } from "../../deploy/metrics.ts";
import type { Http, HttpAnswer } from "../../io/http.ts";
import { bodyLimit } from "../../io/http-client.ts";

type Check = Extract<SourceLook["check"], { kind: "prometheus" }>;

/** Prometheus answers at most 11,000 points a series; this many are plenty (and fit into one answer). */
const mostPoints = 240;

/** The moments that a range covers, in ms since the epoch; null: only now. */
export type Range = { start: number; end: number; stepMs: number } | null;

/**
 * What is asked of a check: with `for` the range that has to be covered, but nothing from before the analysis
 * began; otherwise the value of this moment, by the server's own clock.
 */
export function rangeOf(check: Check, now: number, sinceMs: number): Range {
  if (check.forMs === 0) return null;
  const stepMs = Math.max(check.intervalMs, Math.ceil(check.forMs / mostPoints), 1_000);
  // One step more than is asked for: the value has to have been so before the time began to count.
  return { start: now - Math.min(sinceMs, check.forMs + stepMs), end: now, stepMs };
}

/** The URL of a query: `api/v1/query` for a moment, `api/v1/query_range` for a range (Prometheus HTTP API v1). */
export function queryUrl(base: string, query: string, range: Range): string {
  const url = new URL(base.endsWith("/") ? base : `${base}/`);
  url.pathname += range === null ? "api/v1/query" : "api/v1/query_range";
  url.searchParams.set("query", query);
  if (range !== null) {
    url.searchParams.set("start", seconds(range.start));
    url.searchParams.set("end", seconds(range.end));
    url.searchParams.set("step", seconds(range.stepMs));
  }
  return url.href;
}

const sample = z.tuple([z.number(), z.string()]);

const success = z.object({
  status: z.literal("success"),
  data: z.discriminatedUnion("resultType", [
    z.object({ resultType: z.literal("scalar"), result: sample }),
    z.object({ resultType: z.literal("vector"), result: z.array(z.object({ value: sample })) }),
    z.object({ resultType: z.literal("matrix"), result: z.array(z.object({ values: z.array(sample) })) }),
  ]),
});

const failure = z.object({ status: z.literal("error"), errorType: z.string(), error: z.string() });

/**
 * A server's answer as a reading; times are counted from `began` (ms since the epoch). An empty result is "no values
 * found", a reading of its own; whatever is no result at all is unreadable.
 */
export function readAnswer(answer: HttpAnswer, range: Range, began: number): Reading {
  if (answer.kind === "none") return unreadable(answer.message || answer.reason);
  const json = parsed(answer.body);
  const refused = failure.safeParse(json);
  if (refused.success) return unreadable(`${refused.data.errorType}: ${refused.data.error.slice(0, 200)}`);
  if (answer.status !== 200) return unreadable(`got ${answer.status}`);
  const read = success.safeParse(json);
  if (!read.success) {
    const long = Buffer.byteLength(answer.body) >= bodyLimit;
    return unreadable(long ? `an answer longer than ${bodyLimit} bytes` : "no result of a query");
  }
  const { data } = read.data;
  const point = ([at, value]: [number, string]): Point => [Math.round(at * 1_000 - began), numberOf(value)];
  const series =
    data.resultType === "scalar"
      ? [[point(data.result)]]
      : data.resultType === "vector"
        ? data.result.map(({ value }) => [point(value)])
        : data.result.map(({ values }) => values.map(point));
  if (series.every((points) => points.length === 0)) return { kind: "empty", reason: "no values found" };
  if (range !== null) return { kind: "series", series, stepMs: range.stepMs };
  // A moment is one moment, whatever the series' own times are; of a range vector its newest value counts.
  const newest = series.flatMap((points) => points.slice(-1));
  return { kind: "series", series: newest.map(([, value]) => [[0, value]]), stepMs: 0 };
}

/** Asks a Prometheus; `now` is ms since the epoch. */
export async function readPrometheus(
  http: Http,
  check: Check,
  { now, sinceMs, token }: { now: number; sinceMs: number; token: string | null },
  signal: AbortSignal,
): Promise<Reading> {
  const range = rangeOf(check, now, sinceMs);
  const request = {
    url: queryUrl(check.url, check.query, range),
    headers: token === null ? {} : { authorization: `Bearer ${token}` },
    timeoutMs: check.timeoutMs,
  };
  return readAnswer(await http.send(request, signal), range, now - sinceMs);
}

/** "NaN", "+Inf" and "-Inf" are how Prometheus writes what is no finite number. */
function numberOf(text: string): number | null {
  const value = text.trim() === "" ? Number.NaN : Number(text);
  return Number.isFinite(value) ? value : null;
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
}

const seconds = (ms: number): string => (ms / 1_000).toFixed(3);

const unreadable = (reason: string): Reading => ({ kind: "unreadable", reason });
