import type { Config } from "../config/config.ts";
import type { Stage } from "../plan/plan.ts";
import { checkStage } from "./check-stage.ts";

/** Formatters and linters. */
export const lint = (config: Config): Stage =>
  checkStage(config, { id: "lint", title: "Lint", prefix: "lint", checks: config.checks.lint });
