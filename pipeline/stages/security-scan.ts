import type { Config } from "../config/config.ts";
import type { Stage } from "../plan/plan.ts";
import { checkStage } from "./check-stage.ts";

/** Scanners of the source and its dependencies; without one the stage is not due, never shown as passed. */
export const securityScan = (config: Config): Stage =>
  checkStage(config, {
    id: "security-scan",
    title: "Security scan",
    prefix: "scan",
    checks: config.security.scans,
  });
