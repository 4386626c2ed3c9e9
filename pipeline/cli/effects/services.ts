import type { Environment, ReachSpec } from "../../config/config.ts";
import { fail, ok, type Result } from "../../result.ts";
import { askTcp } from "../../targets/health/tcp.ts";
import type { Reached } from "../reach/way.ts";
import { type ValueSources, valuesOf } from "../values.ts";

/** An address taken apart; what it holds beside host and port (a password) stays here. */
type Place = { kind: ReachSpec["kind"]; host: string; port: number; path: string };

const ports: Record<ReachSpec["kind"], number> = { tcp: 0, http: 80, postgres: 5432, redis: 6379 };

/** Longest time (ms) for a service to take a connection. */
const limitMs = 5_000;

/**
 * Whether everything that the environment names under `reach` is reached from where its releases run: each host, or this
 * machine. Refused with the first that is not, before anything is begun.
 */
export async function servicesAreReached(
  sources: Omit<ValueSources, "version">,
  opened: Pick<Reached, "reach">,
): Promise<Result<void>> {
  const { environment } = sources;
  for (const spec of environment.reach) {
    const place = await placeOf(sources, spec);
    if (!place.ok) return fail(unreached(environment, "the configuration", `${spec.kind}: ${place.failure}`));
    const { kind, host, port, path } = place.value;
    const said = await (opened.reach ?? fromHere)(kind, host, port, path);
    if (said !== null)
      return fail(unreached(environment, said.from, `${kind} ${host}:${port}: ${said.reason}`));
  }
  return ok(undefined);
}

const unreached = ({ name }: Environment, host: string, reason: string) => ({
  kind: "host-unfit" as const,
  environment: name,
  host,
  reason: `a service that the release needs is not reached: ${reason}`,
  remedy: `start it, open the way to it, or mend its address under reach of ${name}`,
});

async function fromHere(
  _kind: ReachSpec["kind"],
  host: string,
  port: number,
): Promise<{ from: string; reason: string } | null> {
  const found = await askTcp(`${host}:${port}`, AbortSignal.timeout(limitMs));
  return found.ok ? null : { from: "this machine", reason: found.reason };
}

async function placeOf(
  sources: Omit<ValueSources, "version">,
  { kind, at }: ReachSpec,
): Promise<Result<Place, string>> {
  const filled = await valuesOf({ ...sources, version: null }).fill(at);
  if (!filled.ok) return filled;
  const text = filled.value.includes("://") ? filled.value : `${kind}://${filled.value}`;
  if (!URL.canParse(text)) return fail(`${at} is no address`);
  const { hostname, port, pathname, protocol } = new URL(text);
  const wanted = Number(port) || (protocol === "https:" ? 443 : ports[kind]);
  const host = hostname.replace(/^\[|\]$/g, "");
  return host === "" || wanted === 0
    ? fail(`${at} is not HOST:PORT`)
    : ok({ kind: protocol === "https:" ? "tcp" : kind, host, port: wanted, path: pathname || "/" });
}
