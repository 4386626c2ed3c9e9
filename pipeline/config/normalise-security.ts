import type { Allowance, SecretScan, VulnerabilityScan } from "./config.ts";
import type { WrittenAllowance, WrittenSecurity } from "./schema-security.ts";

/** The two scans that Bellwether knows itself; null: not configured. */
export function normaliseSecurity(written: WrittenSecurity | undefined): {
  secrets: SecretScan | null;
  vulnerabilities: VulnerabilityScan | null;
} {
  const { secrets, vulnerabilities } = written ?? {};
  return {
    secrets: secrets
      ? {
          scanner: secrets.scanner ?? "auto",
          exclude: secrets.exclude ?? [],
          allow: (secrets.allow ?? []).map(allowance),
        }
      : null,
    vulnerabilities: vulnerabilities
      ? {
          fail: vulnerabilities.fail ?? "high",
          scanners: vulnerabilities.scanners ?? [],
          ignore: (vulnerabilities.ignore ?? []).map(allowance),
          acceptInconclusive: vulnerabilities["accept-inconclusive"] ?? null,
        }
      : null,
  };
}

const allowance = ({ rule, path, fingerprint, reason, expires }: WrittenAllowance): Allowance => ({
  rule: rule ?? null,
  path: path ?? null,
  fingerprint: fingerprint ?? null,
  reason,
  expires,
});
