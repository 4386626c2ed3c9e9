import { latencyBounds } from "../../deploy/target.ts";
import { timed } from "../../deploy/traffic.ts";
import { names } from "./config.ts";

/** One request as HAProxy logs it at its end. */
export type LoggedRequest = {
  /** Name of the slot that it went to; `<NOSRV>` where it went to none. */
  slot: string;
  /** 5xx, or ended by the release's side: refused, reset, cut short, silent for too long. */
  failed: boolean;
  /** A connection that was handed over (101), such as a WebSocket. */
  tunnel: boolean;
  /** From its first byte to the end of the answer; of a tunnel to the end of the handshake. HAProxy counts whole ms. */
  ms: number;
};

/** What a line of the log says: a request, a mark that we set, or something else (null). */
export type LoggedLine = { kind: "request"; request: LoggedRequest } | { kind: "mark" } | null;

/** HAProxy's codes for who ended a request: the server, its time limit, the proxy for want of a good answer. */
const byServer = /^[SsP]/;

/** Takes a line of our log-format apart; null for a line of another generation of HAProxy. */
export function readLine(line: string, generation: number): LoggedLine {
  if (line.includes(`Server ${names.marks}/${names.mark} is `)) return { kind: "mark" };
  const fields = line.trim().split(" ");
  const [written, slot, status, ...rest] = fields;
  const times = rest.slice(0, 5).map(Number);
  const [receive = 0, wait = 0, connect = 0, response = 0, active = 0] = times;
  const ended = rest[5];
  const sound = fields.length === 9 && times.every(Number.isInteger) && written === String(generation);
  if (!sound || slot === undefined || ended === undefined) return null;
  const tunnel = status === "101";
  const ms = tunnel ? receive + wait + connect + response : active;
  return {
    kind: "request",
    request: {
      slot,
      failed: Number(status) >= 500 || byServer.test(ended),
      tunnel,
      ms: Math.max(0, ms),
    },
  };
}

/** What the log has said of one slot so far. */
export type Logged = { lines: number; failed: number; tunnels: number; latency: number[] };

export const nothingLogged = (): Logged => ({
  lines: 0,
  failed: 0,
  tunnels: 0,
  latency: new Array(latencyBounds.length + 1).fill(0),
});

/** Adds one request. */
export function tally(logged: Logged, { failed, tunnel, ms }: LoggedRequest): void {
  logged.lines++;
  if (failed) logged.failed++;
  if (tunnel) logged.tunnels++;
  timed(logged.latency, ms);
}
