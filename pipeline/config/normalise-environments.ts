import type { Environment, HealthLimits, NotifyChannel, SmokeCheck, Strategy, Trigger } from "./config.ts";
import { secretReference } from "./normalise-secrets.ts";
import { normaliseService } from "./normalise-services.ts";
import type { WrittenConfig } from "./schema.ts";
import type {
  WrittenEnvironment,
  WrittenHealthLimits,
  WrittenNotify,
  WrittenSmoke,
  WrittenStrategy,
  WrittenTrigger,
} from "./schema-environments.ts";
import { fraction, list, milliseconds, values } from "./values.ts";
import { resolvedEnvironments } from "./written.ts";

/** The environments in written order. */
export function normaliseEnvironments(written: WrittenConfig): Record<string, Environment> {
  const resolved = resolvedEnvironments(written);
  const hasStaging = Object.hasOwn(resolved, "staging");
  return Object.fromEntries(
    Object.entries(resolved).map(([name, one]) => [name, environment(name, one, written.app, hasStaging)]),
  );
}

function environment(
  name: string,
  written: WrittenEnvironment,
  app: string,
  hasStaging: boolean,
): Environment {
  const on = trigger(written.on, name);
  const { target, migrate, approval, analysis } = written;
  return {
    name,
    on,
    target: { kind: "local", port: typeof target === "object" ? (target.local?.port ?? null) : null },
    accessories: Object.fromEntries(
      Object.entries(written.accessories ?? {}).map(([key, value]) => [
        key,
        normaliseService(key, value, app),
      ]),
    ),
    environmentFile: written["environment-file"] ?? null,
    environment: values(written.env),
    migrate:
      migrate === undefined || migrate === "none"
        ? null
        : { run: migrate.run, in: migrate.in, timeoutMs: milliseconds(migrate.timeout, "5m") },
    strategy: strategy(written.strategy ?? "blue-green"),
    analysis: {
      maxErrors: fraction(analysis?.["max-errors"], "1%"),
      maxRatio: analysis?.["max-ratio"] ?? 1.5,
      slackMs: milliseconds(analysis?.slack, "50ms"),
    },
    smoke: (written.smoke ?? []).map(smoke),
    approval:
      approval === undefined || approval === "none"
        ? null
        : { required: approval.required ?? 1, expiresMs: milliseconds(approval.expires, "24h") },
    promoteFrom: promoteFrom(written["promote-from"], name, on, hasStaging),
    watchMs: milliseconds(written.watch, "30s"),
    warmMs: milliseconds(written.warm, "15m"),
    drainMs: milliseconds(written.drain, "30s"),
    health: healthLimits(written.health),
    notify: channels(written.notify),
  };
}

function trigger(written: WrittenTrigger | undefined, name: string): Trigger {
  if (written === undefined) {
    if (name === "staging") return { kind: "branch", branches: ["develop"] };
    return { kind: name === "production" ? "release" : "manual" };
  }
  if (typeof written === "string") return { kind: written };
  if ("branch" in written) return { kind: "branch", branches: list(written.branch) };
  return { kind: "tag", tags: list(written.tag) };
}

function promoteFrom(
  written: string | undefined,
  name: string,
  on: Trigger,
  hasStaging: boolean,
): string | null {
  if (written !== undefined) return written === "none" ? null : written;
  return hasStaging && name !== "staging" && on.kind === "release" ? "staging" : null;
}

function strategy(written: WrittenStrategy): Strategy {
  if (written === "recreate" || written === "blue-green") return { kind: written };
  const canary = written === "canary" ? {} : written.canary;
  const holdMs = milliseconds(canary.hold, "1m");
  return {
    kind: "canary",
    weights: canary.weights ?? [10, 50, 100],
    holdMs,
    samples: canary.samples ?? 50,
    limitMs: canary.limit === undefined ? Math.max(5 * holdMs, 10_000) : milliseconds(canary.limit, "1m"),
  };
}

function smoke(written: WrittenSmoke): SmokeCheck {
  const method = written.post === undefined ? "GET" : "POST";
  const path = written.post ?? written.get ?? "/";
  const asJson = typeof written.body === "object";
  return {
    name: written.name ?? `${method} ${path}`,
    component: written.component ?? null,
    method,
    path,
    body: typeof written.body === "object" ? JSON.stringify(written.body) : (written.body ?? null),
    headers: { ...(asJson ? { "content-type": "application/json" } : {}), ...written.headers },
    expect: {
      status: written.expect?.status ?? 200,
      json: written.expect?.json ?? null,
      text: written.expect?.text ?? null,
      withinMs: milliseconds(written.expect?.within, "1s"),
    },
  };
}

function healthLimits(written: WrittenHealthLimits | undefined): HealthLimits {
  const shares = (pair: [string, string] | undefined): [number, number] | null =>
    pair ? [fraction(pair[0], "0%"), fraction(pair[1], "0%")] : null;
  return {
    cpu: shares(written?.cpu),
    memory: shares(written?.memory),
    disk: shares(written?.disk),
    accessories: Object.fromEntries(
      Object.entries(written?.accessories ?? {}).map(([name, pair]) => [
        name,
        [milliseconds(pair[0], "0s"), milliseconds(pair[1], "0s")] satisfies [number, number],
      ]),
    ),
  };
}

function channels(written: WrittenNotify | undefined): NotifyChannel[] {
  return (["slack", "webhook"] as const).flatMap((kind) => {
    const channel = written?.[kind];
    if (channel === undefined) return [];
    return [
      {
        kind,
        url: secretReference(channel.url, `notify.${kind}`),
        on: channel.on ?? ["waiting", "promoted", "returned", "rolled-back", "failed"],
      },
    ];
  });
}
