import { digestOf } from "../canonical.ts";
import type { Check, Component, Config } from "./config.ts";
import { linterOf, readerOf } from "./linters.ts";
import { normaliseEnvironments } from "./normalise-environments.ts";
import { normaliseImage } from "./normalise-images.ts";
import { secretReference } from "./normalise-secrets.ts";
import { normaliseSecurity } from "./normalise-security.ts";
import { normaliseService } from "./normalise-services.ts";
import { normaliseToolchain } from "./normalise-toolchains.ts";
import type { WrittenConfig } from "./schema.ts";
import type { WrittenComponent } from "./schema-components.ts";
import type { CheckoutFacts } from "./toolchain-defaults.ts";
import { parseSize } from "./units.ts";
import { fraction, milliseconds, values } from "./values.ts";
import { type CheckEntry, checksOf } from "./written.ts";

/** Fills in defaults, expands short forms, resolves `extends`, turns units into numbers. `file` is only noted. */
export function normalise(written: WrittenConfig, file: string, facts: CheckoutFacts): Config {
  const each = <In, Out>(map: Record<string, In> | undefined, one: (name: string, value: In) => Out) =>
    Object.fromEntries(Object.entries(map ?? {}).map(([name, value]) => [name, one(name, value)]));
  const all = Object.keys(written.toolchains ?? {});
  const checks = (kind: "lint" | "unit" | "integration") =>
    checksOf(written.checks?.[kind], ["checks", kind], kind).map((entry) => check(entry, all));
  const components = each(written.components, (name, value) => component(name, value, all));
  const content = {
    app: written.app,
    toolchains: each(written.toolchains, (name, value) => normaliseToolchain(name, value, facts)),
    services: each(written.services, (name, value) => normaliseService(name, value, written.app)),
    checks: { lint: checks("lint"), unit: checks("unit"), integration: checks("integration") },
    security: {
      ...normaliseSecurity(written.security),
      scans: checksOf(written.security?.scans, ["security", "scans"], "scan").map((entry) =>
        check(entry, all),
      ),
    },
    components,
    images: each(written.images, normaliseImage),
    registries: each(written.registries, (name, { username, password }) => ({
      username,
      password: secretReference(password, name),
    })),
    secrets: each(written.secrets, (name, value) => secretReference(value, name)),
    dagger: { images: { ...written.dagger?.images } },
    environments: normaliseEnvironments(written, components),
  };
  return { format: 1, file, digest: digestOf(content), ...content };
}

function check({ name, keys }: CheckEntry, toolchains: string[]): Check {
  const reports = { junit: keys.reports?.junit ?? null, coverage: keys.reports?.coverage ?? null };
  const outputs = [...(keys.outputs ?? [])];
  // A report that were no output would be missing after a cache hit.
  const file = typeof keys.findings === "object" ? (keys.findings.file ?? null) : null;
  for (const report of [reports.junit, reports.coverage, file]) {
    if (report !== null && !outputs.some((path) => report === path || report.startsWith(`${path}/`)))
      outputs.push(report);
  }
  return {
    name,
    run: keys.run,
    toolchains: keys.toolchains ?? toolchains,
    directory: keys.directory ?? ".",
    inputs: keys.inputs ?? [],
    outputs,
    services: keys.services ?? [],
    environment: values(keys.env),
    secrets: keys.secrets ?? [],
    timeoutMs: milliseconds(keys.timeout, "10m"),
    cache: keys.cache ?? true,
    reports,
    findings: findingsOf(keys),
    coverage: keys.coverage
      ? {
          min: fraction(keys.coverage.min),
          minFile: keys.coverage["min-file"] === undefined ? null : fraction(keys.coverage["min-file"]),
          maxDrop: keys.coverage["max-drop"] === undefined ? null : fraction(keys.coverage["max-drop"]),
        }
      : null,
    components: keys.components ?? [],
  };
}

/** An unknown reader is told by the rules; here it reads nothing. */
function findingsOf({ run, findings }: CheckEntry["keys"]): Check["findings"] {
  const written = typeof findings === "string" ? { reader: findings } : findings;
  const reader = written ? readerOf(written.reader) : linterOf(run);
  return reader === null ? null : { reader, file: written?.file ?? null };
}

function component(name: string, written: WrittenComponent, toolchains: string[]): Component {
  const { build, health, limits } = written;
  return {
    name,
    build: build
      ? {
          run: build.run,
          inputs: build.inputs ?? [],
          outputs: build.outputs ?? (written.artifact === undefined ? [] : [written.artifact]),
          timeoutMs: milliseconds(build.timeout, "10m"),
        }
      : null,
    artifact: written.artifact ?? null,
    command: written.command,
    toolchains: written.toolchains ?? toolchains,
    port: written.port ?? null,
    environment: values(written.env),
    secrets: written.secrets ?? [],
    health: {
      live: health?.live ?? null,
      ready: health?.ready ?? null,
      startup: health?.startup ?? null,
      successes: health?.successes ?? 3,
      spanMs: milliseconds(health?.span, "1s"),
      intervalMs: milliseconds(health?.interval, "500ms"),
      probeTimeoutMs: milliseconds(health?.timeout, "1s"),
      withinMs: milliseconds(health?.within, "60s"),
    },
    limits: {
      memoryBytes: limits?.memory === undefined ? null : parseSize(limits.memory),
      openFiles: limits?.["open-files"] ?? null,
    },
    after: written.after ?? [],
    stopMs: written.stop === undefined ? null : milliseconds(written.stop, "10s"),
    unit: values(written.systemd),
  };
}
