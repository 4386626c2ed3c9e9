import { argvOf } from "../../config/command.ts";
import type { Platform } from "../../config/config.ts";
import type { Drift } from "../../deploy/drift.ts";
import type { Release } from "../../deploy/release.ts";
import type { Observation, Target } from "../../deploy/target.ts";
import type { Http, HttpAnswer } from "../../io/http.ts";
import type { Redactor } from "../../redact.ts";
import { fail, ok, type Result } from "../../result.ts";
import { type DeliveryParts, deliver } from "./deliver.ts";
import { driftIn } from "./drift.ts";
import { executed } from "./execute.ts";
import type { Fleet } from "./fleet.ts";
import type { Host } from "./host.ts";
import type { Knowledge } from "./knowledge.ts";
import { merged } from "./merge.ts";

export type TargetParts = DeliveryParts & {
  http: Http;
  redactor: Redactor;
  platforms: ReadonlyMap<Host, Platform>;
  /** Where the environment is reached. */
  url: string;
};

const seconds = 1_000;

/** The hosts of one environment as a target. */
export function systemdTarget(fleet: Fleet, known: Knowledge, parts: TargetParts): Target {
  const directory = async (release: string): Promise<Result<string>> => {
    const found = known.directory(release);
    if (found !== null) return ok(found);
    const seen = await known.look();
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
  let placed: string | null = null;
  const done = (result: Result<unknown>): Result<void> => (result.ok ? ok(undefined) : result);
  return {
    supports: async (release) => supported(fleet, release, parts.platforms),

    place: async (release, secrets) => {
      const values = Object.fromEntries(
        Object.entries(secrets).map(([name, secret]) => [name, secret.reveal()]),
      );
      for (const value of Object.values(values)) parts.redactor.add(value);
      const once = { ...parts, layersOf: layersOnce(parts.layersOf) };
      const sent = await fleet.forward("place", fleet.hosts, (host) =>
        deliver(host, once, {
          release,
          secrets: values,
          token: fleet.token,
          platform: parts.platforms.get(host) ?? "linux/amd64",
        }),
      );
      if (!sent.ok) return sent;
      placed = release.id;
      known.placed++;
      return done(await known.look());
    },

    execute: async (release, component, command, timeoutMs) => {
      const at = await directory(release);
      if (!at.ok) return at;
      const [host] = fleet.having([component]);
      if (!host)
        return fail({ kind: "target-failed", action: "execute", reason: `no host runs ${component}` });
      return executed(fleet, host, parts.redactor, {
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
      // What the release that was placed for it goes on with is not stopped.
      const next = placed === null || placed === release ? null : known.directory(placed);
      const words = ["stop", fleet.token, at.value, ...(next === null ? [] : [next])];
      return done(
        await fleet.home("stop", fleet.reached, (host) => host.ask(words, { timeoutMs: 60 * seconds })),
      );
    },

    probe: async (release, component, { path, ...request }) => {
      // What was started since the last look is not known to listen yet.
      if (!known.runs(release, component)) await known.look();
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
      const seen = await known.look();
      if (!seen.ok) return seen;
      const observation: Observation = merged(seen.value, parts.url);
      for (const { components } of Object.values(observation.releases))
        for (const one of Object.values(components))
          one.log = one.log.map((line) => parts.redactor.line(line));
      return ok(question === undefined ? observation : { ...observation, question });
    },

    drift: async () => {
      const seen = await known.once();
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

/** Every digest is looked up, and its layers verified, once for all hosts of a platform. */
function layersOnce(layersOf: DeliveryParts["layersOf"]): DeliveryParts["layersOf"] {
  const known = new Map<string, ReturnType<DeliveryParts["layersOf"]>>();
  return (image, digest, platform) => {
    const key = `${digest} ${platform}`;
    const found = known.get(key) ?? layersOf(image, digest, platform);
    known.set(key, found);
    return found;
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
