import { randomUUID } from "node:crypto";
import { argvOf } from "../../config/command.ts";
import type { Platform } from "../../config/config.ts";
import type { Drift } from "../../deploy/drift.ts";
import type { Release } from "../../deploy/release.ts";
import type { Executed, Observation, Target } from "../../deploy/target.ts";
import type { ProcessEnd } from "../../failure.ts";
import type { Http, HttpAnswer } from "../../io/http.ts";
import type { Redactor } from "../../redact.ts";
import { fail, ok, type Result } from "../../result.ts";
import { about, first } from "./answer.ts";
import { type DeliveryParts, deliver } from "./deliver.ts";
import type { Fleet } from "./fleet.ts";
import type { Host, HostFailure } from "./host.ts";
import type { HostRouter } from "./host-router.ts";
import { merged, type Seen } from "./merge.ts";
import { readSeen } from "./seen.ts";

export type TargetParts = DeliveryParts & {
  http: Http;
  redactor: Redactor;
  platforms: ReadonlyMap<Host, Platform>;
  /** Where the environment is reached. */
  url: string;
};

/** What is known of the fleet between two commands: directories of releases, and ports, as they were last seen. */
export class Knowledge {
  seen: Seen[] = [];
  readonly sharesOf: HostRouter["shares"];

  constructor(sharesOf: HostRouter["shares"]) {
    this.sharesOf = sharesOf;
  }

  directory(release: string): string | null {
    for (const { seen } of this.seen) {
      const found = seen?.releases[release];
      if (found) return found.directory;
    }
    return null;
  }

  /** Whether a component was seen running wherever it is placed. */
  runs(release: string, component: string): boolean {
    const units = this.seen.flatMap(({ seen }) => seen?.releases[release]?.components[component] ?? []);
    return units.length > 0 && units.every(({ state }) => state === "running");
  }

  get live(): string | null {
    return this.seen.find(({ seen }) => seen !== null)?.seen?.live ?? null;
  }
}

const seconds = 1_000;

/** Looks at every host; one that does not answer takes no part from then on, but for a fleet of one. */
export async function look(
  fleet: Fleet,
  known: Knowledge,
  fronts: ReadonlySet<Host>,
): Promise<Result<Seen[]>> {
  const all = await fleet.each(fleet.reached, (host) =>
    host.ask(["observe", fleet.token || "none"], { timeoutMs: 20 * seconds }),
  );
  const seen = new Map<Host, Seen["seen"]>();
  for (const { host, said } of all) {
    if (said.ok) seen.set(host, readSeen(said.value, known.sharesOf));
    else if (fleet.hosts.length > 1 && said.failure.kind === "unknown" && fleet.token > 0)
      fleet.lose(host, said.failure);
    else return fail(fleet.failureOf(host, "observe", said.failure));
  }
  if (seen.size === 0)
    return fail({ kind: "target-failed", action: "observe", reason: "no host can be reached" });
  known.seen = fleet.hosts.map((host) => ({
    host: host.name,
    components: host.spec.components,
    front: fronts.has(host),
    seen: seen.get(host) ?? null,
  }));
  return ok(known.seen);
}

/** The hosts of one environment as a target. */
export function systemdTarget(
  fleet: Fleet,
  known: Knowledge,
  fronts: ReadonlySet<Host>,
  parts: TargetParts,
): Target {
  const directory = async (release: string): Promise<Result<string>> => {
    const found = known.directory(release);
    if (found !== null) return ok(found);
    const seen = await look(fleet, known, fronts);
    if (!seen.ok) return seen;
    const now = known.directory(release);
    return now === null
      ? fail({
          kind: "target-failed",
          action: "find",
          reason: `release ${release.slice(0, 12)} is not placed`,
        })
      : ok(now);
  };
  const done = (result: Result<unknown>): Result<void> => (result.ok ? ok(undefined) : result);
  return {
    supports: async (release) => supported(fleet, release, parts.platforms),

    place: async (release, secrets) => {
      const values = Object.fromEntries(
        Object.entries(secrets).map(([name, secret]) => [name, secret.reveal()]),
      );
      for (const value of Object.values(values)) parts.redactor.add(value);
      const placed = await fleet.forward("place", fleet.hosts, (host) =>
        deliver(host, parts, {
          release,
          secrets: values,
          token: fleet.token,
          platform: parts.platforms.get(host) ?? "linux/amd64",
        }),
      );
      if (!placed.ok) return placed;
      return done(await look(fleet, known, fronts));
    },

    execute: async (release, component, command, timeoutMs) => {
      const at = await directory(release);
      if (!at.ok) return at;
      const [host] = fleet.having([component]);
      if (!host)
        return fail({ kind: "target-failed", action: "execute", reason: `no host runs ${component}` });
      return executed(fleet, host, parts, {
        directory: at.value,
        component,
        argv: argvOf(command),
        timeoutMs,
      });
    },

    start: async (release, component) => {
      const at = await directory(release);
      if (!at.ok) return at;
      return done(
        await fleet.forward(`start ${component}`, fleet.having([component]), (host) =>
          host.ask(["start", fleet.token, at.value, component], { timeoutMs: 50 * seconds }),
        ),
      );
    },

    stop: async (release) => {
      const at = await directory(release);
      if (!at.ok) return at;
      return done(
        await fleet.home("stop", fleet.reached, (host) =>
          host.ask(["stop", fleet.token, at.value], { timeoutMs: 60 * seconds }),
        ),
      );
    },

    probe: async (release, component, { path, ...request }) => {
      // What was started since the last look is not known to listen yet.
      if (!known.runs(release, component)) await look(fleet, known, fronts);
      const answers = await Promise.all(
        fleet
          .having([component])
          .filter((host) => !fleet.cutOff.has(host))
          .map(async (host): Promise<HttpAnswer> => {
            const seen = known.seen.find((one) => one.host === host.name)?.seen;
            const unit = seen?.releases[release]?.components[component];
            if (unit?.state !== "running" || unit.port === null)
              return {
                kind: "none",
                reason: "refused",
                message: `${component} does not run on ${host.name}`,
                ms: 0,
              };
            const socket = await host.remote.socket(unit.port);
            if (!socket.ok)
              return { kind: "none", reason: "other", message: `${host.name}: ${socket.failure}`, ms: 0 };
            return parts.http.send({
              url: `http://127.0.0.1:${unit.port}${path}`,
              socket: socket.value,
              ...request,
            });
          }),
      );
      return worst(answers);
    },

    observe: async (question) => {
      const seen = await look(fleet, known, fronts);
      if (!seen.ok) return seen;
      const observation: Observation = merged(seen.value, parts.url);
      for (const { components } of Object.values(observation.releases))
        for (const one of Object.values(components))
          one.log = one.log.map((line) => parts.redactor.line(line));
      return ok(question === undefined ? observation : { ...observation, question });
    },

    drift: async () => {
      const seen = await look(fleet, known, fronts);
      if (!seen.ok) return seen;
      const all = await fleet.each(fleet.reached, (host) => host.ask(["drift"], { timeoutMs: 60 * seconds }));
      const found: Drift[] = [];
      for (const { host, said } of all) {
        if (!said.ok) return fail(fleet.failureOf(host, "drift", said.failure));
        found.push(...driftIn(fleet, host, known, said.value));
      }
      return ok(found);
    },
  };
}

/** The answer that is furthest from a good one: a release is ready once it is on every host. */
function worst(answers: HttpAnswer[]): HttpAnswer {
  const rank = (answer: HttpAnswer): number =>
    answer.kind === "none" ? 1_000 : answer.status === 200 ? 0 : answer.status;
  const [one] = [...answers].sort((a, b) => rank(b) - rank(a));
  return one ?? { kind: "none", reason: "other", message: "no host runs it", ms: 0 };
}

/** A release without an image for a host's kind of machine is refused before anything is begun. */
async function supported(
  fleet: Fleet,
  release: Release,
  platforms: ReadonlyMap<Host, Platform>,
): Promise<Result<void>> {
  const hosted = new Set(fleet.hosts.flatMap(({ spec }) => spec.components));
  const homeless = release.components.find(({ name }) => !hosted.has(name));
  if (homeless)
    return fail({
      kind: "unsupported",
      step: release.environment,
      what: `the component ${homeless.name}: no role of the target has it`,
      executor: "systemd",
      remedy: "Name it under `components` of a role, or of the hosts.",
    });
  const unknown = fleet.hosts.find((host) => !platforms.has(host));
  return unknown
    ? fail({
        kind: "target-failed",
        action: "supports",
        reason: `${unknown.name} is of no known architecture`,
      })
    : ok(undefined);
}

async function executed(
  fleet: Fleet,
  host: Host,
  { redactor }: TargetParts,
  asked: { directory: string; component: string; argv: string[]; timeoutMs: number },
): Promise<Result<Executed>> {
  const run = randomUUID();
  const { directory, component, argv, timeoutMs } = asked;
  const limit = Math.ceil(timeoutMs / 1_000);
  const input = argv.map((word) => `${Buffer.from(word).toString("base64")}\n`).join("");
  const begin = () =>
    host.ask(["exec", fleet.token, directory, component, limit, run], { input, timeoutMs: 30 * seconds });
  // A run has one name: asking again where the answer was lost does not do it again.
  let begun = await begin();
  if (!begun.ok && begun.failure.kind === "unknown") begun = await begin();
  if (!begun.ok) return fail(fleet.failureOf(host, "execute", begun.failure));
  let lost = 0;
  for (;;) {
    const waited: Result<string[], HostFailure> = await host.ask(["exec-wait", run], {
      timeoutMs: 30 * seconds,
    });
    if (!waited.ok) {
      if (waited.failure.kind === "refused" || ++lost > 5)
        return fail(fleet.failureOf(host, "execute", waited.failure));
      continue;
    }
    const end = first(waited.value, "end")?.split(" ");
    if (!end) continue;
    const log = about(waited.value, "log").map((line) => redactor.line(line));
    return ok({ end: endOf(end), timedOut: end[2] === "timeout", log });
  }
}

/** As systemd tells it: EXIT_CODE and EXIT_STATUS of systemd.exec(5). */
const endOf = ([code, status]: string[]): ProcessEnd =>
  code === "exited"
    ? { exitCode: Number(status), signal: null }
    : { exitCode: null, signal: `SIG${status}` as ProcessEnd["signal"] };

function driftIn(fleet: Fleet, host: Host, known: Knowledge, lines: readonly string[]): Drift[] {
  const seen = known.seen.find((one) => one.host === host.name)?.seen;
  const on = fleet.hosts.length > 1 ? ` on ${host.name}` : "";
  const drift = (directory: string, what: string, found: string, placeable: boolean): Drift[] => {
    const [id, release] =
      Object.entries(seen?.releases ?? {}).find(([, one]) => one.directory === directory) ?? [];
    return id && release
      ? [
          {
            release: id,
            version: release.version,
            what: `${what}${on}`,
            expected: "as it was placed",
            found,
            placeable,
          },
        ]
      : [];
  };
  return [
    ...about(lines, "file").flatMap((line) => {
      const [directory = "", ...path] = line.split(" ");
      return drift(directory, `file ${path.join(" ").replace(/^\.\//, "")}`, "changed", true);
    }),
    ...about(lines, "unit").flatMap((line) => {
      const [directory = "", name = "", found = ""] = line.split(" ");
      return drift(directory, `unit ${name}`, found.replace("drop-in:", "with the drop-in "), false);
    }),
  ];
}
