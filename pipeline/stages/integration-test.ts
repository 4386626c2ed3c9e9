import type { Config } from "../config/config.ts";
import type { Stage } from "../plan/plan.ts";
import { checkStage } from "./check-stage.ts";

/** Tests against real services. */
export const integrationTest = (config: Config): Stage =>
  checkStage(config, {
    id: "integration-test",
    title: "Integration tests",
    prefix: "integration",
    checks: config.checks.integration,
  });
