import type { Usage } from "../../deploy/inspect.ts";
import type { ObservedComponent } from "../../deploy/target.ts";
import type { Failure, ProcessEnd } from "../../failure.ts";
import { about, first } from "./answer.ts";

/** One component of a release in its slot, as systemd shows it. */
export type SeenUnit = ObservedComponent & {
  usage: Usage | null;
  /** Directory of the release that its process really runs in; null where it does not run. */
  runsIn: string | null;
};

export type SeenRelease = {
  /** Name of its directory. */
  directory: string;
  version: string;
  components: Record<string, SeenUnit>;
  secrets: Record<string, string>;
};

/** `since` is ISO 8601. */
export type LeaseHolder = { token: number; actor: string; version: string; rollout: string; since: string };

type SharesOf = (weights: Record<string, number>) => Record<string, number>;

/** One look at one host. */
export type HostSeen = {
  /** Id of the release that is live there. */
  live: string | null;
  releases: Record<string, SeenRelease>;
  /** Share (%) of the traffic by release id: as it was asked for, where the router has just that. */
  weights: Record<string, number>;
  lease: LeaseHolder | null;
  warm: { release: string; until: number } | null;
  /** Connections that were open when the release before had to end (B20). */
  left: { version: string; open: number } | null;
};

/** Reads what `observe` answered; `sharesOf` gives the shares (%) of weights that the router has. */
export function readSeen(lines: readonly string[], sharesOf: SharesOf): HostSeen {
  const directories = new Map<string, string>();
  const releases: HostSeen["releases"] = {};
  for (const line of about(lines, "release")) {
    const [directory = "", id = "", version = ""] = line.split(" ");
    directories.set(directory, id);
    releases[id] = { directory, version, components: {}, secrets: {} };
  }
  for (const line of about(lines, "secret")) {
    const [directory = "", name = "", version = ""] = line.split(" ");
    const release = releases[directories.get(directory) ?? ""];
    if (release) release.secrets[name] = version;
  }
  for (const line of about(lines, "part")) {
    const [directory = "", name = ""] = line.split(" ");
    const release = releases[directories.get(directory) ?? ""];
    if (release) release.components[name] = stopped();
  }
  const slots = new Map(
    about(lines, "slot").map((line) => [line.split(" ")[0] ?? "", line.split(" ")[1] ?? ""]),
  );
  const live = first(lines, "live")?.split(" ") ?? null;
  const liveDirectory = live?.[0] ?? null;
  const shared = new Set(about(lines, "shared"));
  const inSlot = (slot: string) => releases[directories.get(slots.get(slot) ?? "") ?? ""];
  for (const line of about(lines, "unit")) {
    const [slot = "", name = "", ...fields] = line.split(" ");
    const release = inSlot(slot);
    if (!release) continue;
    const both = shared.has(name);
    const unit = unitOf(fields, both || release.directory === liveDirectory);
    release.components[name] = { ...unit, ...(both ? { shared: true } : {}) };
  }
  for (const line of about(lines, "exposure")) {
    const [directory = "", name = "", score = ""] = line.split(" ");
    const unit = releases[directories.get(directory) ?? ""]?.components[name];
    if (unit && score !== "") unit.exposure = Number(score);
  }
  for (const line of about(lines, "port")) {
    const [slot = "", name = "", port] = line.split(" ");
    const unit = inSlot(slot)?.components[name];
    if (unit && port) unit.port = Number(port);
  }
  for (const line of about(lines, "runs")) {
    const [slot = "", name = "", at = ""] = line.split(" ");
    const unit = inSlot(slot)?.components[name];
    if (unit) unit.runsIn = /\/releases\/([^/]+)\//.exec(`${at}/`)?.[1] ?? null;
  }
  for (const line of about(lines, "log")) {
    const [, slot = "", name = "", text = ""] = /^(\S+) (\S+) (.*)$/.exec(line) ?? [];
    inSlot(slot)?.components[name]?.log.push(text);
  }
  const warm = first(lines, "warm")?.split(" ");
  const left = first(lines, "left")?.split(" ");
  return {
    live: live?.[1] ?? null,
    releases,
    weights: weightsIn(lines, sharesOf, (slot) => directories.get(slots.get(slot) ?? "") ?? null),
    lease: leaseIn(lines),
    warm: warm ? { until: Number(warm[0]), release: directories.get(warm[1] ?? "") ?? "" } : null,
    left: left ? { version: left[0] ?? "", open: Number(left[1]) } : null,
  };
}

const stopped = (): SeenUnit => ({
  state: "stopped",
  pid: null,
  port: null,
  startedAt: null,
  end: null,
  log: [],
  usage: null,
  runsIn: null,
});

const numberOf = (text: string | undefined): number | null =>
  text !== undefined && /^[0-9]+$/.test(text) ? Number(text) : null;

/** Only what is live comes again by itself: anything else that was started anew has ended. */
function unitOf(fields: string[], live: boolean): SeenUnit {
  const [active, sub, main, , code, status, result, restarts, started, cpu, memory] = fields;
  const again = numberOf(restarts) ?? 0;
  const pid = numberOf(main) || null;
  const runs = (active === "active" || active === "activating") && sub !== "auto-restart" && pid !== null;
  const ended = code === "0" && result === "success" ? null : endOf(code, status, result);
  const began = started?.startsWith("@") ? Number(started.slice(1)) * 1_000 : null;
  return {
    ...stopped(),
    state:
      runs && (live || again === 0)
        ? "running"
        : ended === null && began === null
          ? "stopped"
          : endedAs(active),
    pid: runs ? pid : null,
    startedAt: began,
    end: runs ? null : ended,
    ...(again > 0 ? { restarts: again } : {}),
    usage: runs ? { cpuMs: (numberOf(cpu) ?? 0) / 1e6, memoryBytes: numberOf(memory) ?? 0 } : null,
  };
}

/** What was stopped in order is inactive; what ended otherwise failed, or is about to be started again. */
const endedAs = (active: string | undefined): "exited" | "stopped" =>
  active === "inactive" ? "stopped" : "exited";

const signals: Record<string, ProcessEnd["signal"]> = {
  "1": "SIGHUP",
  "2": "SIGINT",
  "6": "SIGABRT",
  "9": "SIGKILL",
  "11": "SIGSEGV",
  "15": "SIGTERM",
};

/** systemd's code: 1 exited, 2 killed, 3 dumped core (CLD_… of waitid(2)). */
const endOf = (
  code: string | undefined,
  status: string | undefined,
  result: string | undefined,
): ProcessEnd =>
  result === "oom-kill"
    ? { exitCode: null, signal: "SIGKILL", reason: "it held more memory than its limit allows" }
    : code === "2" || code === "3"
      ? { exitCode: null, signal: signals[status ?? ""] ?? "SIGKILL" }
      : { exitCode: code === "1" ? numberOf(status) : result === "success" ? 0 : 203, signal: null };

function weightsIn(
  lines: readonly string[],
  sharesOf: SharesOf,
  releaseIn: (slot: string) => string | null,
): Record<string, number> {
  const [blue = "0", green = "0", shares = "0,0"] = first(lines, "weights")?.split(" ") ?? [];
  const asked: Record<string, number> = { blue: Number(blue), green: Number(green) };
  const [b = "0", g = "0"] = shares.split(",");
  const real = Object.fromEntries(
    about(lines, "weighs").map((line) => {
      const [slot = "", weight, status = ""] = line.trim().split(" ");
      return [slot, status.startsWith("MAINT") ? 0 : Number(weight ?? 0)];
    }),
  );
  const router = Object.keys(real).length > 0;
  const asAsked = !router || ["blue", "green"].every((slot) => (real[slot] ?? 0) === (asked[slot] ?? 0));
  const bySlot = asAsked ? { blue: Number(b), green: Number(g) } : sharesOf(real);
  const found: Record<string, number> = {};
  for (const [slot, share] of Object.entries(bySlot)) {
    const release = releaseIn(slot);
    if (release !== null && share > 0) found[release] = share;
  }
  return found;
}

function leaseIn(lines: readonly string[]): HostSeen["lease"] {
  return about(lines, "lease").includes("lives") ? holderIn(lines, "lease") : null;
}

/** Who holds a lease, or held it, by the lines that begin with `word`. */
export function holderIn(lines: readonly string[], word: "lease" | "held" | "lost"): LeaseHolder {
  const fields = leaseFields(about(lines, word));
  return {
    token: Number(fields.token ?? 0),
    actor: textOf(fields.actor),
    version: textOf(fields.version),
    rollout: textOf(fields.rollout),
    since: textOf(fields.since),
  };
}

/** What somebody else's lease comes to for whoever wanted it. */
export function heldFailure(environment: string, lines: readonly string[]): Failure {
  const { actor, version, since, token } = holderIn(lines, "held");
  return { kind: "lease-held", environment, actor, version, since, token };
}

/** The fields of a lease file, by name. */
export const leaseFields = (lines: readonly string[]): Record<string, string> =>
  Object.fromEntries(lines.map((line) => [line.split(" ")[0] ?? "", line.slice(line.indexOf(" ") + 1)]));

/** A field is a JSON text. */
function textOf(field: string | undefined): string {
  try {
    const value: unknown = JSON.parse(field ?? '""');
    return typeof value === "string" ? value : "";
  } catch {
    return "";
  }
}
