import type { GateSpec } from "./config.ts";
import type { WrittenGate, WrittenGates } from "./schema-gates.ts";
import { fraction, milliseconds, values } from "./values.ts";

/** The user's gates in written order. */
export const gateSpecs = (written: WrittenGates | undefined): GateSpec[] =>
  Object.entries(written ?? {}).map(([name, gate]) => gateSpec(name, gate));

function gateSpec(name: string, written: WrittenGate): GateSpec {
  const { command, http, file, timeout } = written;
  if (command !== undefined) {
    const { env, secrets } = written;
    const timeoutMs = milliseconds(timeout, "60s");
    return {
      name,
      kind: "command",
      run: command,
      environment: values(env),
      secrets: secrets ?? [],
      timeoutMs,
    };
  }
  if (http !== undefined) {
    const { headers, status, json } = written;
    return {
      name,
      kind: "http",
      url: http,
      headers: headers ?? {},
      status: status ?? 200,
      json: json ?? null,
      timeoutMs: milliseconds(timeout, "10s"),
    };
  }
  if (file !== undefined) {
    const maxAgeMs = milliseconds(written["max-age"], "24h");
    return { name, kind: "file", path: file, minPass: fraction(written["min-pass"], "100%"), maxAgeMs };
  }
  const expiresMs = milliseconds(written.expires, "24h");
  return { name, kind: "confirm", item: written.confirm ?? name, expiresMs };
}
