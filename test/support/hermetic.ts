import type { HermeticStep, Plan } from "../../pipeline/plan/plan.ts";

/** A step that says that it ran, with what the test says instead. */
export const hermetic = (more: Partial<HermeticStep> = {}): HermeticStep => ({
  kind: "hermetic",
  id: "lint:test",
  title: "test",
  needs: [],
  image: "node:24-slim",
  tools: [],
  commands: ["echo ran"],
  directory: ".",
  inputs: [],
  outputs: [],
  environment: {},
  passEnvironment: [],
  secrets: [],
  services: [],
  caches: [],
  timeoutMs: 60_000,
  cache: true,
  reports: { junit: null, coverage: null },
  path: [],
  findings: null,
  rules: { coverage: null, scan: null },
  components: [],
  ...more,
});

/** A plan of one stage with these steps, of version 1.2.3. */
export const planOf = (steps: HermeticStep[]): Plan => ({
  format: 1,
  app: "test",
  config: { file: "bellwether.yaml", digest: "" },
  context: {
    ...{ event: "local", ref: "refs/heads/main", branch: "main", tag: null, sha: null, committedAt: 0 },
    ...{ dirty: false, actor: "test", time: 0, version: "1.2.3" },
  },
  stages: [{ id: "all", title: "All", needs: [], due: true, reason: "", steps }],
});
