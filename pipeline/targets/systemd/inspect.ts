import type { EnvironmentStatus, HostLoad, Inspect, LogLine, Usage } from "../../deploy/inspect.ts";
import type { Failure } from "../../failure.ts";
import type { Redactor } from "../../redact.ts";
import { fail, ok } from "../../result.ts";
import { about } from "./answer.ts";
import type { Fleet } from "./fleet.ts";
import type { Host, HostFailure } from "./host.ts";
import type { Knowledge } from "./knowledge.ts";
import { hostsOf, merged } from "./merge.ts";
import { heldFailure } from "./seen.ts";

/** What persons ask of a fleet: each host for itself, side by side. */
export function systemdInspect(
  fleet: Fleet,
  known: Knowledge,
  { url, redactor }: { url: string; redactor: Redactor },
): Inspect {
  const operate =
    (action: "start" | "stop" | "restart") => async (component: string | null, actor: string) => {
      const hosts = component === null ? fleet.hosts : fleet.having([component]);
      if (component !== null && hosts.length === 0) {
        const names = [...new Set(fleet.hosts.flatMap(({ spec }) => spec.components))];
        return fail({
          kind: "unknown-name" as const,
          what: "component",
          name: component,
          known: names,
          nearest: null,
        });
      }
      const all = await fleet.each(hosts, (host) =>
        host.ask(["operate", action, component ?? "-"], {
          input: `${JSON.stringify(actor)}\n`,
          timeoutMs: 180_000,
        }),
      );
      for (const { host, said } of all)
        if (!said.ok) return fail(operateFailure(fleet, host, action, said.failure));
      return ok(undefined);
    };
  return {
    async status() {
      const seen = await known.look();
      if (!seen.ok) return seen;
      const observation = merged(seen.value, url);
      const loads = await fleet.each(fleet.reached, (host) => host.ask(["load"], { timeoutMs: 10_000 }));
      const warm = seen.value.map((one) => one.seen?.warm).find((one) => one) ?? null;
      const lease = seen.value[0]?.seen?.lease ?? null;
      const usage: EnvironmentStatus["usage"] = {};
      for (const { seen: host } of seen.value)
        for (const [id, release] of Object.entries(host?.releases ?? {}))
          for (const [name, unit] of Object.entries(release.components))
            if (unit.usage) {
              const of: Record<string, Usage> = usage[id] ?? {};
              usage[id] = of;
              const sum = of[name] ?? { cpuMs: 0, memoryBytes: 0 };
              of[name] = {
                cpuMs: sum.cpuMs + unit.usage.cpuMs,
                memoryBytes: sum.memoryBytes + unit.usage.memoryBytes,
              };
            }
      return ok({
        environment: fleet.environment,
        observation,
        counters: {},
        accessories: [],
        lease,
        warm: warm?.release ?? null,
        warmUntil: warm?.until ?? null,
        usage,
        loads: loads.flatMap(({ said }) => (said.ok ? loadIn(said.value) : [])),
        notes: [
          ...(observation.disagree === undefined ? [] : [observation.disagree]),
          ...seen.value.flatMap(({ host, seen: one }) =>
            one?.left
              ? [
                  `${one.left.open} of ${one.left.version} still open on ${host} at the time limit of its drain, and cut`,
                ]
              : [],
          ),
        ],
        ...(fleet.hosts.length > 1
          ? {
              hosts: hostsOf(
                seen.value.map((one, i) => ({
                  ...one,
                  reason: fleet.cutOff.get(fleet.hosts[i] as Host) ?? null,
                })),
              ),
            }
          : {}),
      });
    },

    async logs(component, lines, follow) {
      const hosts = component === null ? fleet.hosts : fleet.having([component]);
      const all: LogLine[] = [];
      const several = fleet.hosts.length > 1;
      const taken = await fleet.each(hosts, (host) =>
        host.ask(["logs", lines, component ?? "-", "no"], { timeoutMs: 30_000 }),
      );
      for (const { host, said } of taken) {
        if (!said.ok) return fail(fleet.failureOf(host, "logs", said.failure));
        const take = reader(host, several, redactor);
        for (const line of said.value) all.push(...take(line));
      }
      if (follow)
        for (const host of hosts) {
          const take = reader(host, several, redactor);
          // It ends with the connection.
          void host.ask(["logs", 0, component ?? "-", "yes"], {
            timeoutMs: 7 * 24 * 3_600_000,
            line: (line) => {
              for (const one of take(line)) follow(one);
            },
          });
        }
      return ok(all.sort((a, b) => a.at - b.at).slice(lines === 0 ? all.length : -lines));
    },

    start: operate("start"),
    stop: operate("stop"),
    restart: operate("restart"),
  };
}

/** What `load` answered: thousandths. */
function loadIn(lines: readonly string[]): HostLoad[] {
  const [cpu, memory, disk] = (about(lines, "load")[0] ?? "").split(" ").map((text) => Number(text) / 1_000);
  return cpu === undefined || memory === undefined || disk === undefined ? [] : [{ cpu, memory, disk }];
}

/** Takes lines of `logs`: which unit is which component, then what systemd's journal has of it. */
function reader(host: Host, several: boolean, redactor: Redactor): (line: string) => LogLine[] {
  const units = new Map<string, { component: string; version: string }>();
  return (line) => {
    const [of] = about([line], "of");
    if (of !== undefined) {
      const [unit = "", component = "", version = ""] = of.split(" ");
      units.set(unit, { component, version });
      return [];
    }
    const [json] = about([line], "line");
    if (json === undefined) return [];
    try {
      const entry = JSON.parse(json);
      const unit = units.get(entry._SYSTEMD_UNIT);
      if (!unit) return [];
      const text = Array.isArray(entry.MESSAGE)
        ? Buffer.from(entry.MESSAGE).toString("utf8")
        : String(entry.MESSAGE);
      const at = Math.floor(Number(entry.__REALTIME_TIMESTAMP) / 1_000);
      return [{ ...unit, at, line: redactor.line(text), ...(several ? { host: host.name } : {}) }];
    } catch {
      return [];
    }
  };
}

function operateFailure(fleet: Fleet, host: Host, action: string, failure: HostFailure): Failure {
  const { environment } = fleet;
  if (failure.kind !== "refused") return fleet.failureOf(host, action, failure);
  if (failure.what === "nothing-live") return { kind: "nothing-live", environment };
  return failure.what === "held"
    ? heldFailure(environment, failure.lines)
    : fleet.failureOf(host, action, failure);
}
