import type { DockerfileSpec, HealthCommand, ImageSpec, TagRule, TagRules } from "./config.ts";
import type { WrittenImage, WrittenTagRule } from "./schema-images.ts";
import { parseSize } from "./units.ts";
import { milliseconds, values } from "./values.ts";

/** An image with its defaults. */
export function normaliseImage(name: string, written: WrittenImage): ImageSpec {
  const [uid = "0", gid = "0"] = (written.owner ?? "0:0").split(":");
  const days = written["max-base-age"];
  return {
    name,
    component: written.component ?? name,
    base: written.base ?? "scratch",
    dockerfile: written.dockerfile === undefined ? null : dockerfileOf(written.dockerfile),
    platforms: written.platforms ?? ["linux/amd64", "linux/arm64"],
    repository: written.repository,
    publish: written.publish ?? false,
    workdir: written.workdir ?? "/app",
    owner: { uid: Number(uid), gid: Number(gid) },
    user: written.user ?? null,
    environment: values(written.env),
    ports: written.ports ?? null,
    entrypoint: written.entrypoint ?? [],
    healthcheck: written.healthcheck === undefined ? null : healthcheckOf(written.healthcheck),
    stopSignal: written["stop-signal"] ?? null,
    labels: written.labels ?? {},
    tags: tagsOf(written.tags),
    maxSizeBytes: written["max-size"] === undefined ? null : parseSize(written["max-size"]),
    maxBaseAgeMs: days === undefined ? null : Number.parseInt(days, 10) * 86_400_000,
  };
}

function dockerfileOf(written: NonNullable<WrittenImage["dockerfile"]>): DockerfileSpec {
  const keys = typeof written === "string" ? { file: written } : written;
  return {
    file: keys.file,
    context: keys.context ?? ".",
    target: keys.target ?? null,
    arguments: values(keys.args),
    secrets: keys.secrets ?? [],
    cacheFrom: keys["cache-from"] ?? [],
    cacheTo: keys["cache-to"] ?? [],
    builder: keys.builder ?? "auto",
  };
}

const healthcheckOf = (written: NonNullable<WrittenImage["healthcheck"]>): HealthCommand => ({
  command: written.run,
  intervalMs: milliseconds(written.interval, "30s"),
  timeoutMs: milliseconds(written.timeout, "5s"),
  startMs: milliseconds(written.start, "0s"),
  retries: written.retries ?? 3,
});

/** 1.2.3, 1.2 and 1 of a release; edge of main, other branches by their names; pr-N; always the commit. */
const usualRules: WrittenTagRule[] = [
  { version: "full" },
  { version: "minor" },
  { version: "major" },
  { branch: { main: "edge" } },
  { "pull-request": true },
  { commit: "short" },
];

function tagsOf(written: WrittenImage["tags"]): TagRules {
  const outer = { prefix: written?.prefix ?? "", suffix: written?.suffix ?? "" };
  return {
    rules: (written?.rules ?? usualRules).map((rule) => ruleOf(rule, outer)),
    latest: written?.latest ?? "auto",
  };
}

const patterns: Record<string, string> = {
  full: "{version}",
  minor: "{major}.{minor}",
  major: "{major}",
};

function ruleOf(rule: WrittenTagRule, outer: { prefix: string; suffix: string }): TagRule {
  const around = { prefix: outer.prefix + (rule.prefix ?? ""), suffix: (rule.suffix ?? "") + outer.suffix };
  if ("version" in rule)
    return { kind: "version", pattern: patterns[rule.version] ?? rule.version, ...around };
  if ("branch" in rule)
    return { kind: "branch", renamed: rule.branch === true ? {} : rule.branch, ...around };
  if ("tag" in rule) return { kind: "tag", ...around };
  if ("pull-request" in rule) return { kind: "pull-request", ...around };
  if ("commit" in rule) return { kind: "commit", digits: rule.commit === "full" ? 40 : 7, ...around };
  if ("schedule" in rule) return { kind: "schedule", text: rule.schedule, ...around };
  return { kind: "text", text: rule.text, branches: rule.on ?? [], ...around };
}
