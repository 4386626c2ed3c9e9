import type { CanaryStep, Strategy } from "./config.ts";
import { checks } from "./normalise-analysis.ts";
import type { WrittenCanary, WrittenRolling, WrittenStep, WrittenStrategy } from "./schema-strategy.ts";
import { fraction, milliseconds } from "./values.ts";

/** How a release takes over, short forms expanded. */
export function normaliseStrategy(written: WrittenStrategy): Strategy {
  if (written === "recreate" || written === "blue-green") return { kind: written };
  if (written === "rolling") return rolling({});
  if (written === "canary") return canary({});
  return written.rolling === undefined ? canary(written.canary ?? {}) : rolling(written.rolling);
}

/** Batches of equal size, as weights in whole percent; the last one is what is left. */
function rolling(written: WrittenRolling): Strategy {
  const batch = Math.max(0.01, fraction(written.batch, "25%"));
  const count = Math.ceil(Number((1 / batch).toFixed(6)));
  const weights = Array.from({ length: count }, (_, i) => Math.min(100, Math.round(batch * (i + 1) * 100)));
  return { kind: "rolling", weights: [...new Set(weights)], pauseMs: milliseconds(written.pause, "5s") };
}

function canary(written: WrittenCanary): Strategy {
  if (written.steps !== undefined) {
    return { kind: "canary", steps: written.steps.map((step) => stepOf(step, written)) };
  }
  const weights = (written.weights ?? [10, 50, 100]).filter((weight) => weight < 100);
  const hold = holdOf({ hold: written.hold ?? "1m" }, written);
  return { kind: "canary", steps: weights.flatMap((weight) => [{ kind: "weight", weight }, hold]) };
}

function stepOf(written: WrittenStep, canary: WrittenCanary): CanaryStep {
  if (written.weight !== undefined) return { kind: "weight", weight: written.weight };
  if (written.pause !== undefined) {
    const samples = canary.samples ?? 50;
    return { kind: "pause", pauseMs: milliseconds(written.pause, "0s"), samples };
  }
  return holdOf(written, canary);
}

function holdOf(written: WrittenStep, canary: WrittenCanary): CanaryStep {
  const holdMs = milliseconds(written.hold, "1m");
  const limit = written.limit ?? canary.limit;
  return {
    kind: "hold",
    holdMs,
    samples: written.samples ?? canary.samples ?? 50,
    limitMs: limit === undefined ? Math.max(5 * holdMs, 10_000) : milliseconds(limit, "0s"),
    analysis: checks(written.analysis),
  };
}
