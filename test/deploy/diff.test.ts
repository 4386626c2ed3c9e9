import { expect, test } from "vitest";
import type { Config } from "../../pipeline/config/config.ts";
import { pathChanges, releaseDiff } from "../../pipeline/deploy/diff.ts";
import { makeRelease, type Release } from "../../pipeline/deploy/release.ts";
import { sampleConfig, sampleEnvironment } from "../support/sample-release.ts";
import { unwrap } from "../support/unwrap.ts";

type Parts = {
  version?: string;
  sha?: string;
  digest?: string;
  values?: Record<string, string>;
  secrets?: string[];
  change?: (config: Config) => void;
};

/** A release of one component, `api`. */
function release({
  version = "1.0.0",
  sha = "a".repeat(40),
  digest = "sha256:one",
  values = { LOG_LEVEL: "info", MODE: "paper" },
  secrets = ["TOKEN"],
  change = () => {},
}: Parts = {}): Release {
  const environment = sampleEnvironment({ migrate: { run: "node migrate.js", in: "api", timeoutMs: 1_000 } });
  const config = structuredClone(sampleConfig(environment));
  change(config);
  const context = { version, sha };
  return unwrap(
    makeRelease({ config, environment: "production", context, images: { api: digest }, values, secrets }),
  );
}

const limits = { watchMs: 5_000 };
const live = { release: release(), limits };

test("the same release again changes nothing", () => {
  expect(releaseDiff(live, release(), limits)).toMatchObject({
    same: true,
    code: [],
    configuration: [],
    environmentNames: { added: [], removed: [], changed: [] },
    secrets: { added: [], removed: [] },
    limits: [],
    migration: { runs: true, changes: [] },
  });
});

test("another name for the same content changes nothing else", () => {
  const next = release({ version: "1.0.1", sha: "b".repeat(40) });
  expect(releaseDiff(live, next, limits)).toMatchObject({
    same: true,
    from: { version: "1.0.0", revision: "a".repeat(40) },
    to: { version: "1.0.1", revision: "b".repeat(40) },
  });
});

test("code, configuration, names, secrets, limits and schema are told apart; of values only the names", () => {
  const next = release({
    version: "1.1.0",
    digest: "sha256:two",
    values: { LOG_LEVEL: "debug-7f3", FEATURE: "on" },
    secrets: ["TOKEN", "API_KEY"],
    change: ({ components, environments }) => {
      const { api } = components;
      if (api) api.health = { ...api.health, withinMs: 30_000, live: null };
      const { production } = environments;
      if (production?.migrate) production.migrate = { ...production.migrate, run: "node migrate.js --all" };
    },
  });
  const diff = releaseDiff(live, next, { watchMs: 9_000 });
  expect(diff).toMatchObject({
    same: false,
    code: [{ component: "api", from: "sha256:one", to: "sha256:two" }],
    configuration: [
      { path: "components.api.health.live", from: "/live", to: null },
      { path: "components.api.health.withinMs", from: "10000", to: "30000" },
    ],
    environmentNames: { added: ["FEATURE"], removed: ["MODE"], changed: ["LOG_LEVEL"] },
    secrets: { added: ["API_KEY"], removed: [] },
    limits: [{ path: "watchMs", from: "5000", to: "9000" }],
    migration: {
      runs: true,
      changes: [{ path: "migration.run", from: "node migrate.js", to: "node migrate.js --all" }],
    },
  });
  expect(JSON.stringify(diff)).not.toContain("debug-7f3");
});

test("resource limits have lines of their own, also beside a release of before, which had none", () => {
  const limited = (memoryBytes: number | null, openFiles: number | null) =>
    release({
      change: ({ components: { api } }) => {
        if (api) api.limits = { memoryBytes, openFiles };
      },
    });
  const [none, some, more] = [release(), limited(2 ** 28, null), limited(2 ** 29, 400)];
  expect(none.components[0]).not.toHaveProperty("limits");
  const diff = releaseDiff({ release: some, limits }, more, limits);
  expect(diff).toMatchObject({ same: false, configuration: [], limits: [] });
  expect(diff.resources).toEqual([
    { path: "api memory", from: "256Mi", to: "512Mi" },
    { path: "api open-files", from: null, to: "400" },
  ]);
  expect(releaseDiff({ release: none, limits }, some, limits).resources).toEqual([
    { path: "api memory", from: null, to: "256Mi" },
  ]);
  expect(new Set([none.id, some.id, more.id]).size).toBe(3);
});

test("where nothing is live, the whole release is new", () => {
  expect(releaseDiff(null, release(), limits)).toMatchObject({
    same: false,
    from: null,
    code: [{ component: "api", from: null, to: "sha256:one" }],
    environmentNames: { added: ["LOG_LEVEL", "MODE", "api.PORT"] },
    secrets: { added: ["TOKEN"] },
  });
});

test("paths lead to what differs, through maps and lists; headers and bodies are not shown", () => {
  const before = { smoke: [{ path: "/a", headers: { key: "k1" }, body: "one" }, { path: "/b" }] };
  const next = { smoke: [{ path: "/x", headers: { key: "k2" }, body: "two" }] };
  expect(pathChanges(before, next)).toEqual([
    { path: "smoke[0].path", from: "/a", to: "/x" },
    { path: "smoke[0].headers.key", from: "…", to: "…" },
    { path: "smoke[0].body", from: "…", to: "…" },
    { path: "smoke[1]", from: '{"path":"/b"}', to: null },
  ]);
  expect(pathChanges({ run: "x".repeat(80) }, {})[0]?.from).toBe(`${"x".repeat(59)}…`);
});
