import type { Component, Environment, NotifyChannel, ProvenanceRule, SmokeCheck, Trigger } from "./config.ts";
import { normaliseAnalysis } from "./normalise-analysis.ts";
import { approvalRule } from "./normalise-approval.ts";
import { gateSpecs } from "./normalise-gates.ts";
import { healthChecks } from "./normalise-health.ts";
import { secretReference } from "./normalise-secrets.ts";
import { normaliseService } from "./normalise-services.ts";
import { normaliseStrategy } from "./normalise-strategy.ts";
import { normaliseTarget } from "./normalise-target.ts";
import { toldByDefault } from "./notify-events.ts";
import type { WrittenConfig } from "./schema.ts";
import type { WrittenEnvironment, WrittenSmoke, WrittenTrigger } from "./schema-environments.ts";
import type { WrittenNotify } from "./schema-notify.ts";
import { list, milliseconds, values } from "./values.ts";
import { resolvedEnvironments } from "./written.ts";

/** The environments in written order. */
export function normaliseEnvironments(
  written: WrittenConfig,
  components: Record<string, Component>,
): Record<string, Environment> {
  const resolved = resolvedEnvironments(written);
  const hasStaging = Object.hasOwn(resolved, "staging");
  return Object.fromEntries(
    Object.entries(resolved).map(([name, one]) => [
      name,
      environment(name, one, { app: written.app, components }, hasStaging),
    ]),
  );
}

function environment(
  name: string,
  written: WrittenEnvironment,
  { app, components }: { app: string; components: Record<string, Component> },
  hasStaging: boolean,
): Environment {
  const on = trigger(written.on, name);
  const { target, migrate, approval } = written;
  const place = normaliseTarget(target, app, components);
  return {
    name,
    on,
    target: place,
    accessories: Object.fromEntries(
      Object.entries(written.accessories ?? {}).map(([key, value]) => [
        key,
        normaliseService(key, value, app),
      ]),
    ),
    environmentFile: written["environment-file"] ?? null,
    environment: values(written.env),
    files: (written.files ?? []).map((file) =>
      typeof file === "string"
        ? { path: file, schema: null }
        : { path: file.path, schema: file.schema ?? null },
    ),
    rules: (written.rules ?? []).map((rule) =>
      [rule["all-of"], ...[rule["or-all-of"] ?? []].flat()].map((one) => values(one)),
    ),
    reach: (written.reach ?? []).flatMap((one) =>
      (["tcp", "http", "postgres", "redis"] as const).flatMap((kind) =>
        one[kind] === undefined ? [] : [{ kind, at: one[kind] }],
      ),
    ),
    migrate:
      migrate === undefined || migrate === "none"
        ? null
        : { run: migrate.run, in: migrate.in, timeoutMs: milliseconds(migrate.timeout, "5m") },
    strategy: normaliseStrategy(written.strategy ?? "blue-green"),
    analysis: normaliseAnalysis(written.analysis),
    smoke: (written.smoke ?? []).map(smoke),
    approval: approvalRule(approval, place.kind, name),
    promoteFrom: promoteFrom(written["promote-from"], name, on, hasStaging),
    provenance: provenanceRule(written.provenance),
    signedBy: written["signed-by"] ?? [],
    watchMs: milliseconds(written.watch, "30s"),
    warmMs: milliseconds(written.warm, "15m"),
    drainMs: milliseconds(written.drain, "30s"),
    leaseMs: milliseconds(written.lease, "60s"),
    health: healthChecks(written.health),
    gates: gateSpecs(written.gates),
    notify: channels(written.notify),
  };
}

function provenanceRule(written: WrittenEnvironment["provenance"]): ProvenanceRule | null {
  if (written === undefined || written === "none") return null;
  if (written === "required") return { source: null, builder: null };
  return { source: written.source ?? null, builder: written.builder ?? null };
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

function channels(written: WrittenNotify | undefined): NotifyChannel[] {
  return (["slack", "webhook"] as const).flatMap((kind) => {
    const channel = written?.[kind];
    if (channel === undefined) return [];
    const secret = "secret" in channel && channel.secret ? channel.secret : null;
    return [
      {
        kind,
        url: secretReference(channel.url, `notify.${kind}`),
        secret: secret && secretReference(secret, `notify.${kind}.secret`),
        on: channel.on ?? [...toldByDefault],
      },
    ];
  });
}
