import type { HealthCheck } from "../../config/config.ts";
import type { HealthMeasurement } from "../../deploy/health.ts";
import type { HostLoad } from "../../deploy/inspect.ts";
import { readProbe } from "../../deploy/readiness.ts";
import type { Clock } from "../../io/clock.ts";
import type { Http } from "../../io/http.ts";
import type { Result } from "../../result.ts";
import { askCommand, type CommandPlace } from "./command.ts";
import { measuredOf, measureHost } from "./host.ts";
import { askPostgres } from "./postgres.ts";
import { askRedis } from "./redis.ts";
import { ill, type Sounding, well } from "./sounding.ts";
import { askTcp } from "./tcp.ts";
import { askWebSocket } from "./websocket.ts";

export type HealthParts = CommandPlace & {
  http: Http;
  clock: Clock;
  /** A directory on the disk that is looked at. */
  disk: string;
  /** Fills in `${NAME}` of secrets and variables; references to accessories stay. A failure is one sentence. */
  fill(text: string): Promise<Result<string, string>>;
  /** Hides secrets. */
  redact(line: string): string;
};

/** The environment that is looked at; `url` null: it serves nothing yet, so that no path of it can be asked. */
export type HealthSubject = {
  url: string | null;
  /** Time (ms) in which each of its running accessories answered just now; null where it did not. */
  accessories: Record<string, number | null>;
  /** Shares in use of the hosts that it runs on, where those are others than this machine. */
  loads?: HostLoad[];
};

/** `notAsked`: checks of what is not there yet, such as a path of an environment that has no release. */
export type Measured = { measurements: HealthMeasurement[]; notAsked: string[] };

/** Measures all checks at the same time, each within its own time limit; judging is `deploy/health.ts`. */
export async function measureHealth(
  checks: HealthCheck[],
  subject: HealthSubject,
  parts: HealthParts,
): Promise<Measured> {
  const measured = await Promise.all(checks.map((check) => measure(check, subject, parts)));
  return {
    measurements: measured.flatMap((one) => one ?? []),
    notAsked: checks.filter((_, index) => measured[index] === null).map((check) => check.name),
  };
}

async function measure(
  check: HealthCheck,
  subject: HealthSubject,
  parts: HealthParts,
): Promise<HealthMeasurement[] | null> {
  if (check.kind === "host")
    return subject.loads === undefined
      ? measureHost(check, parts.disk, parts.clock)
      : measuredOf(check, worstOf(subject.loads));
  const { name, thresholds, timeoutMs } = check;
  const about = { name, unit: "ms" as const, thresholds };
  const place = await placeOf(check, subject, parts);
  if (place.kind === "not there") return null;
  // What cannot even be asked is not known to be bad.
  if (place.kind === "unknown")
    return [{ ...about, value: null, problem: { failed: false, reason: parts.redact(place.reason) } }];
  if (place.kind === "accessory") {
    const problem = place.ms === null ? { failed: true, reason: "it does not answer" } : null;
    return [{ ...about, value: place.ms, problem }];
  }
  const { sounding, ms } = await timed(parts.clock, timeoutMs, (signal) =>
    ask(check, place.at, parts, signal),
  );
  return sounding.ok
    ? [{ ...about, value: ms, problem: null }]
    : [{ ...about, value: null, problem: { failed: true, reason: parts.redact(sounding.reason) } }];
}

/** The host with the most in use, of each kind; nothing where none could be asked. */
const worstOf = (loads: HostLoad[]): Record<keyof HostLoad, number | null> => {
  const most = (name: keyof HostLoad) =>
    loads.length === 0 ? null : Math.max(...loads.map((one) => one[name]));
  return { cpu: most("cpu"), memory: most("memory"), disk: most("disk") };
};

type Timed = Exclude<HealthCheck, { kind: "host" }>;

type Place =
  | { kind: "at"; at: string }
  | { kind: "accessory"; ms: number | null }
  | { kind: "not there" }
  | { kind: "unknown"; reason: string };

async function placeOf(check: Timed, subject: HealthSubject, parts: HealthParts): Promise<Place> {
  if (check.kind === "command") return { kind: "at", at: "" };
  const filled = await parts.fill(check.kind === "tcp" ? check.address : check.url);
  if (!filled.ok) return { kind: "unknown", reason: filled.failure };
  const text = filled.value;
  const accessory = /^\$\{accessories\.([^.}]+)\.url\}$/.exec(text)?.[1];
  if (accessory !== undefined) {
    const ms = subject.accessories[accessory];
    return ms === undefined ? { kind: "not there" } : { kind: "accessory", ms };
  }
  if (!text.startsWith("/")) return { kind: "at", at: text };
  return subject.url === null ? { kind: "not there" } : { kind: "at", at: `${subject.url}${text}` };
}

/** The work's result with its time; what takes longer than the limit is stopped and has failed. */
async function timed(
  clock: Clock,
  limitMs: number,
  work: (signal: AbortSignal) => Promise<Sounding>,
): Promise<{ sounding: Sounding; ms: number }> {
  const stop = new AbortController();
  const answered = new AbortController();
  const began = clock.monotonic();
  const late = clock.sleep(limitMs, answered.signal).then(() => ill(`no answer within ${limitMs} ms`));
  try {
    const sounding = await Promise.race([work(stop.signal), late]);
    return { sounding, ms: clock.monotonic() - began };
  } finally {
    answered.abort();
    stop.abort();
  }
}

function ask(check: Timed, at: string, parts: HealthParts, signal: AbortSignal): Promise<Sounding> {
  switch (check.kind) {
    case "postgres":
      return askPostgres(at, check.timeoutMs, signal);
    case "redis":
      return askRedis(at, signal);
    case "tcp":
      return askTcp(at, signal);
    case "websocket":
      return askWebSocket(at, signal);
    case "command":
      return askCommand(check.run, parts, check.timeoutMs, signal);
    case "http":
      return askHttp(check, at, parts.http, signal);
  }
}

async function askHttp(
  { status, text, timeoutMs }: Extract<Timed, { kind: "http" }>,
  url: string,
  http: Http,
  signal: AbortSignal,
): Promise<Sounding> {
  if (!URL.canParse(url)) return ill("its URL cannot be read");
  const answer = await http.send({ url, timeoutMs }, signal);
  const seen = readProbe(answer, { url, expected: status, timeoutMs });
  if (answer.kind === "none" || answer.status !== status) return ill(seen.summary);
  return text === null || answer.body.includes(text) ? well : ill(`body without ${JSON.stringify(text)}`);
}
