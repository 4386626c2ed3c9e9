import type { HealthCheck, ThresholdPair } from "./config.ts";
import type { WrittenHealth, WrittenHealthCheck } from "./schema-health.ts";
import { fraction, milliseconds } from "./values.ts";

/** The checks in written order; the time limit of one is its second threshold, where there is one. */
export const healthChecks = (written: WrittenHealth | undefined): HealthCheck[] =>
  Object.entries(written ?? {}).map(([name, check]) => healthCheck(name, check));

function healthCheck(name: string, written: WrittenHealthCheck): HealthCheck {
  const { postgres, redis, http, tcp, websocket, command } = written;
  const timed = timing(written);
  if (postgres !== undefined) return { name, kind: "postgres", url: postgres, ...timed };
  if (redis !== undefined) return { name, kind: "redis", url: redis, ...timed };
  if (tcp !== undefined) return { name, kind: "tcp", address: tcp, ...timed };
  if (websocket !== undefined) return { name, kind: "websocket", url: websocket, ...timed };
  if (command !== undefined) return { name, kind: "command", run: command, ...timed };
  if (http !== undefined) {
    const { status, text } = written;
    return { name, kind: "http", url: http, status: status ?? 200, text: text ?? null, ...timed };
  }
  const { cpu, memory, disk } = written;
  return { name, kind: "host", cpu: shares(cpu), memory: shares(memory), disk: shares(disk) };
}

const shares = (pair: [string, string] | undefined): ThresholdPair | null =>
  pair ? [fraction(pair[0], "0%"), fraction(pair[1], "0%")] : null;

function timing({ degraded, unhealthy, timeout }: WrittenHealthCheck): {
  timeoutMs: number;
  thresholds: ThresholdPair | null;
} {
  const timeoutMs = milliseconds(timeout ?? unhealthy, "2s");
  if (degraded === undefined && unhealthy === undefined) return { timeoutMs, thresholds: null };
  const worst = unhealthy === undefined ? timeoutMs : milliseconds(unhealthy, "2s");
  return { timeoutMs, thresholds: [degraded === undefined ? worst : milliseconds(degraded, "2s"), worst] };
}
