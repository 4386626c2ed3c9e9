import type { Config } from "../config/config.ts";
import { proxies } from "../config/toolchain-defaults.ts";
import type { Context } from "../context/context.ts";
import type { HermeticStep, Stage } from "../plan/plan.ts";
import { checkStage } from "./check-stage.ts";
import { nothingToJudge, plainParts, toolchainParts } from "./toolchains.ts";

/** Scanners of the source and its dependencies; without one the stage is not due, never shown as passed. */
export function securityScan(config: Config, context: Pick<Context, "event" | "sha" | "time">): Stage {
  const { security } = config;
  const own: HermeticStep[] = [];
  const toolchains = toolchainParts(config, Object.keys(config.toolchains));
  if (security.secrets) {
    const { scanner, exclude, allow } = security.secrets;
    const file = scanFile("secrets");
    const command = ["bellwether", "scan", "secrets", "--out", file, "--scanner", scanner];
    const excluded = exclude.flatMap((glob) => ["--exclude", glob]);
    const asked = context.event === "pull_request";
    own.push({
      ...scan("secrets", "Secrets", file),
      commands: [[...command, ...excluded, ...(asked ? ["--base", "auto"] : [])]],
      // A change's commits are looked at as well: they are no files that the key would hold.
      environment: asked ? { BELLWETHER_SCAN_COMMIT: context.sha ?? "" } : {},
      passEnvironment: asked ? ["GITHUB_BASE_REF"] : [],
      rules: {
        coverage: null,
        scan: { kind: "secrets", file, fail: "low", allow, acceptInconclusive: null },
      },
    });
  }
  if (security.vulnerabilities) {
    const { scanners, fail, ignore, acceptInconclusive } = security.vulnerabilities;
    const file = scanFile("vulnerabilities");
    const command = ["bellwether", "scan", "vulnerabilities", "--out", file];
    own.push({
      ...scan("vulnerabilities", "Vulnerabilities", file),
      // A scanner may be one of the project's own tools.
      path: toolchains.path,
      needs: toolchains.needs,
      commands: [[...command, ...scanners.flatMap((name) => ["--scanner", name])]],
      // The data of a scan change every day: tomorrow's is a new one.
      environment: { BELLWETHER_SCAN_DAY: new Date(context.time).toISOString().slice(0, 10) },
      passEnvironment: registryNames,
      rules: {
        coverage: null,
        scan: { kind: "vulnerabilities", file, fail, allow: ignore, acceptInconclusive },
      },
    });
  }
  const stage = checkStage(config, {
    id: "security-scan",
    title: "Security scan",
    prefix: "scan",
    checks: security.scans,
  });
  if (own.length === 0) return stage;
  return { ...stage, due: true, reason: "checks run on every change", steps: [...own, ...stage.steps] };
}

/** How scanners reach their data. */
const registryNames = [...proxies, "NPM_CONFIG_REGISTRY", "PIP_INDEX_URL", "CARGO_HOME", "RUSTUP_HOME"];

/** Where a scan writes what it found, relative to the root. */
const scanFile = (kind: string): string => `.bellwether/evidence/scan-${kind}.json`;

const scanTimeoutMs = 15 * 60_000;

const scan = (kind: string, title: string, file: string): HermeticStep => ({
  kind: "hermetic",
  id: `scan:${kind}`,
  title,
  ...plainParts,
  commands: [],
  directory: ".",
  inputs: [],
  outputs: [file],
  environment: {},
  secrets: [],
  services: [],
  timeoutMs: scanTimeoutMs,
  cache: true,
  reports: { junit: null, coverage: null },
  ...nothingToJudge,
});
