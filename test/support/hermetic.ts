import type { HermeticStep } from "../../pipeline/plan/plan.ts";

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
