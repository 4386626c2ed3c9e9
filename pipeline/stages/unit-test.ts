import type { Config } from "../config/config.ts";
import type { Stage } from "../plan/plan.ts";
import { checkStage } from "./check-stage.ts";

/** Tests that need no server. */
export const unitTest = (config: Config): Stage =>
  checkStage(config, { id: "unit-test", title: "Unit tests", prefix: "unit", checks: config.checks.unit });
