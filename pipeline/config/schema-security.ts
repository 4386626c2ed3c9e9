import { z } from "zod";
import { checkMap } from "./schema-checks.ts";
import { choice, keyed, text, texts } from "./schema-parts.ts";

const day = z
  .string({ error: "a day such as 2026-12-31" })
  .refine((written) => isDay(written), { error: "a day such as 2026-12-31" });

/** YYYY-MM-DD that the calendar knows. */
function isDay(written: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(written)) return false;
  const time = Date.parse(`${written}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(written);
}

const allowance = keyed({
  rule: text.optional().describe("The rule or advisory, e.g. CVE-2026-1234. Default: any."),
  path: text.optional().describe("Glob of the files that are meant. Default: any."),
  fingerprint: text.optional().describe("The fingerprint of one finding, from the report. Default: any."),
  reason: text.describe("Why it is known and harmless."),
  expires: day.describe("The last day on which this holds, UTC; a finding after it fails again."),
});

const allowances = z.array(allowance, { error: "a list of what is allowed" });

const secrets = keyed({
  scanner: choice(["auto", "built-in", "gitleaks", "trufflehog"])
    .optional()
    .describe(
      "Who looks. Default: auto, the built-in rules and gitleaks or trufflehog where the machine has one.",
    ),
  exclude: texts.optional().describe("Globs of files that are not looked at. Default: none."),
  allow: allowances.optional().describe("Findings that are known and harmless. Default: none."),
});

const vulnerabilities = keyed({
  fail: choice(["critical", "high", "medium", "low"])
    .optional()
    .describe("The least severity that fails. Default: high."),
  scanners: z
    .array(
      choice(["npm-audit", "pnpm-audit", "yarn-audit", "pip-audit", "cargo-audit", "osv-scanner", "trivy"]),
      {
        error: "a list of scanners",
      },
    )
    .optional()
    .describe("Scanners that must run. Default: those that the project needs and the machine has."),
  ignore: allowances.optional().describe("Advisories that are known and harmless here. Default: none."),
  "accept-inconclusive": keyed({
    reason: text.describe("Why a scan that could not see everything is enough."),
    expires: day.describe("The last day on which this holds, UTC."),
  })
    .optional()
    .describe("Lets an inconclusive scan pass. Default: it never does."),
});

export const security = keyed({
  secrets: secrets
    .optional()
    .describe("Secrets in the files, and in a pull request's commits: stage security-scan."),
  vulnerabilities: vulnerabilities
    .optional()
    .describe("Known vulnerabilities of the dependencies: stage security-scan."),
  scans: checkMap.optional().describe("Scanners of your own by name: stage security-scan."),
});

export type WrittenSecurity = z.input<typeof security>;
export type WrittenAllowance = z.input<typeof allowance>;
