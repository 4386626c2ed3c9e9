import type { AnalysisCheck } from "../config/config.ts";
import type { HttpAnswer } from "../io/http.ts";
import type { Reading } from "./measurement.ts";

/** A check whose figures come from somewhere else than the router. */
export type OutsideCheck = Extract<AnalysisCheck, { kind: "prometheus" | "probe" | "command" }>;

/** One look at a source; `${version}` is filled in already. `sinceMs` is how long the analysis has lasted. */
export type SourceLook = {
  check: Exclude<OutsideCheck, { kind: "probe" }>;
  sinceMs: number;
};

/** Where checks read what is neither the router's nor the target's; served by routers/metrics. */
export interface Metrics {
  /** Never rejects for what can be expected to go wrong: that is an unreadable reading. */
  read(look: SourceLook, signal: AbortSignal): Promise<Reading>;
  /** One GET of a probe's URL. */
  ask(url: string, timeoutMs: number, signal: AbortSignal): Promise<HttpAnswer>;
}
