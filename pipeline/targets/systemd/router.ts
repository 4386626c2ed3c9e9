import type { Drained, Router } from "../../deploy/target.ts";
import { fail, ok, type Result } from "../../result.ts";
import { about, first } from "./answer.ts";
import type { Fleet } from "./fleet.ts";
import type { Host } from "./host.ts";
import type { HostRouter } from "./host-router.ts";
import type { Knowledge } from "./knowledge.ts";
import { hostShares, type Split } from "./split.ts";
import { summed } from "./sum.ts";

/** The routers of a fleet as one. Each host splits its own traffic, or the hosts are split among the releases. */
export function systemdRouter(fleet: Fleet, known: Knowledge, split: Split, technology: HostRouter): Router {
  const { fronts: order } = known;
  const counters = new Map(fleet.hosts.map((host) => [host, technology.counters()]));
  return {
    async shift(weights) {
      const shares = Object.entries(weights).filter(([, share]) => share > 0);
      const directories = shares.map(([release]) => known.directory(release));
      const missing = directories.indexOf(null);
      if (missing >= 0)
        return fail({
          kind: "target-failed",
          action: "shift",
          reason: `release ${shares[missing]?.[0].slice(0, 12)} is not placed`,
        });
      const sum = shares.reduce((total, [, share]) => total + share, 0);
      if (shares.length > 0 && Math.abs(sum - 100) > 1e-6)
        return fail({
          kind: "target-failed",
          action: "shift",
          reason: `weights ${JSON.stringify(weights)} are not shares of 100`,
        });
      const work = (host: Host) => {
        const own = hostShares(split, weights, {
          live: known.live,
          at: order.indexOf(host),
          of: order.length,
        });
        const scaled = technology.weights(own);
        const numbers = shares.map(([release]) => scaled[release] ?? 0);
        return host.ask(
          [
            "shift",
            fleet.token,
            shares.map(([, share]) => share).join(",") || "0",
            numbers.join(",") || "0",
            ...directories.flatMap((one) => one ?? []),
          ],
          { timeoutMs: 10_000 },
        );
      };
      const isHome = shares.length === 0 || (shares.length === 1 && shares[0]?.[0] === known.live);
      const shifted = await (isHome ? fleet.home("shift", order, work) : fleet.forward("shift", order, work));
      return shifted.ok ? ok(undefined) : shifted;
    },

    async statistics() {
      const all = await fleet.each(order, (host) =>
        host.ask(["statistics", counters.get(host)?.last ?? "none"], { timeoutMs: 1_200 }),
      );
      const found = [];
      for (const { host, said } of all) {
        if (!said.ok) return fail(fleet.failureOf(host, "statistics", said.failure));
        const read =
          counters.get(host)?.read({
            figures: about(said.value, "stat"),
            bases: about(said.value, "base"),
            log: about(said.value, "line"),
            gap: said.value.includes("wrapped"),
          }) ?? ok({});
        if (!read.ok)
          return fail({
            kind: "target-failed",
            action: "statistics",
            reason: `${host.name}: ${read.failure}`,
          });
        found.push(read.value);
      }
      const byDirectory = summed(found);
      return ok(
        Object.fromEntries(
          known.seen.flatMap(({ seen }) =>
            Object.entries(seen?.releases ?? {}).flatMap(([id, { directory }]) =>
              byDirectory[directory] ? [[id, byDirectory[directory]]] : [],
            ),
          ),
        ),
      );
    },

    async drain(release, timeoutMs): Promise<Result<Drained>> {
      const directory = known.directory(release);
      if (directory === null) return ok({ leftOpen: 0 });
      const there = order.filter((host) => !fleet.cutOff.has(host));
      const drained = await fleet.home("drain", there, (host) =>
        host.ask(["drain", directory, timeoutMs], { timeoutMs: timeoutMs + 5_000 }),
      );
      if (!drained.ok) return drained;
      const open = drained.value.map((lines) => Number(first(lines, "open") ?? 0));
      return ok({ leftOpen: open.reduce((sum, one) => sum + one, 0) });
    },
  };
}
