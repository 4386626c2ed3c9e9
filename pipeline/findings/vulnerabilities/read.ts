import type { Severity } from "../../evidence.ts";
import { fail, ok, type Result } from "../../result.ts";
import type { Unmarked } from "../fingerprint.ts";
import { jsonIn } from "../readers/reader.ts";
import { listOf, mapOf, numberOf, textOf } from "../values.ts";
import type { Scanner } from "./commands.ts";

/** What a scanner says: its findings, how many packages it has looked at, and what it could not see. */
export type Audited = { findings: Unmarked[]; looked: number; reasons: string[] };

type Reading = (values: unknown[], path: string) => Result<Audited, string>;

/** Reads a scanner's JSON; a failure (one sentence) means that nothing is known. `path` is the lock it looked at. */
export function readAudit(name: Scanner["name"], text: string, path: string): Result<Audited, string> {
  const values = jsonIn(text);
  if (values.length === 0) return fail("it printed no JSON");
  return readings[name](values, path);
}

/** The words of severities, in every scanner's spelling. */
export function severityOf(word: string): Severity {
  const said = word.toLowerCase();
  if (said === "critical" || said === "high" || said === "low") return said;
  if (said === "moderate" || said === "medium") return "medium";
  return said === "info" || said === "negligible" || said === "none" ? "low" : "unknown";
}

/** The severity of a CVSS base score (CVSS v3.1, section 5). */
const ofScore = (score: number): Severity =>
  score >= 9 ? "critical" : score >= 7 ? "high" : score >= 4 ? "medium" : "low";

function vulnerability(
  tool: Scanner["name"],
  path: string,
  given: {
    id: string;
    aliases: unknown;
    severity: Severity;
    title: string;
    name: string;
    version: string;
    fixed: string | null;
    help?: string;
  },
): Unmarked {
  const { id, severity, title, name, version, fixed, help } = given;
  const aliases = [...new Set(listOf(given.aliases).map(textOf))].filter((one) => one !== "" && one !== id);
  return {
    tool,
    rule: id,
    ...(aliases.length === 0 ? {} : { aliases }),
    level: severity === "low" ? "warning" : "error",
    severity,
    message: `${name} ${version}: ${title}`.trim(),
    path,
    line: null,
    column: null,
    help: help || advisoryPage(id),
    excerpt: null,
    dependency: { name, version, fixed },
  };
}

/** Where an advisory is explained, by the form of its id. */
function advisoryPage(id: string): string | null {
  if (id.startsWith("GHSA-")) return `https://github.com/advisories/${id}`;
  if (id.startsWith("RUSTSEC-")) return `https://rustsec.org/advisories/${id}.html`;
  return /^(CVE|PYSEC|GO|OSV)-/.test(id) ? `https://osv.dev/vulnerability/${id}` : null;
}

/** npm's report of version 2 (`vulnerabilities`, `metadata`), and the older one, which pnpm prints (`advisories`). */
const npm =
  (tool: "npm-audit" | "pnpm-audit"): Reading =>
  ([value], path) => {
    const report = mapOf(value);
    const error = mapOf(report.error);
    if (report.error !== undefined || report.message !== undefined)
      return fail(
        textOf(error.summary) || textOf(error.message) || textOf(report.message) || "it reports an error",
      );
    const counts = mapOf(mapOf(report.metadata).dependencies);
    if (report.metadata === undefined) return fail("it does not tell what it has looked at");
    const looked = numberOf(counts.total) ?? numberOf(mapOf(report.metadata).totalDependencies) ?? 0;
    const advisories = Object.values(mapOf(report.advisories)).map(mapOf);
    if (report.advisories !== undefined) {
      return ok({ findings: advisories.map((one) => advisory(tool, path, one)), looked, reasons: [] });
    }
    const findings = Object.values(mapOf(report.vulnerabilities))
      .map(mapOf)
      .flatMap((one) =>
        // A text among them names another package of the list, which tells of it itself.
        listOf(one.via)
          .filter((via) => typeof via === "object")
          .map(mapOf)
          .map((via) =>
            vulnerability(tool, path, {
              id: /GHSA-[\w-]+/.exec(textOf(via.url))?.[0] ?? `npm-${numberOf(via.source) ?? ""}`,
              aliases: [],
              severity: severityOf(textOf(via.severity)),
              title: textOf(via.title),
              name: textOf(via.name) || textOf(one.name),
              version: textOf(via.range),
              fixed: fixOf(one.fixAvailable),
              help: textOf(via.url),
            }),
          ),
      );
    return ok({ findings, looked, reasons: [] });
  };

/** An advisory as npm's older format has it, which pnpm and yarn 1 still print. */
const advisory = (tool: Scanner["name"], path: string, one: Record<string, unknown>): Unmarked =>
  vulnerability(tool, path, {
    id: textOf(one.github_advisory_id) || `npm-${numberOf(one.id) ?? ""}`,
    aliases: one.cves,
    severity: severityOf(textOf(one.severity)),
    title: textOf(one.title),
    name: textOf(one.module_name),
    version: textOf(mapOf(listOf(one.findings)[0]).version),
    fixed: textOf(one.patched_versions) || null,
    help: textOf(one.url),
  });

function fixOf(fix: unknown): string | null {
  const { name, version } = mapOf(fix);
  if (textOf(version) !== "") return `${textOf(name)} ${textOf(version)}`;
  return fix === true ? "a version within the range (npm audit fix)" : null;
}

/** yarn 1 prints a map a line: auditAdvisory for each, auditSummary at the end. */
const yarn: Reading = (values, path) => {
  const lines = values.map(mapOf);
  const summary = lines.find((one) => one.type === "auditSummary");
  const said = lines.find((one) => one.type === "error");
  if (!summary) return fail(textOf(said?.data) || "it printed no summary");
  const findings = lines
    .filter((one) => one.type === "auditAdvisory")
    .map((one) => mapOf(mapOf(one.data).advisory))
    .map((one) => advisory("yarn-audit", path, one));
  const looked = numberOf(mapOf(summary.data).totalDependencies) ?? 0;
  return ok({ findings, looked, reasons: [] });
};

/** `dependencies[]` with `vulns[]`, or with `skip_reason`: a package that it did not look up. */
const pip: Reading = ([value], path) => {
  const { dependencies } = mapOf(value);
  if (!Array.isArray(dependencies)) return fail("it does not tell what it has looked at");
  const all = dependencies.map(mapOf);
  const skipped = all.filter((one) => one.skip_reason !== undefined);
  const findings = all.flatMap((one) =>
    listOf(one.vulns)
      .map(mapOf)
      .map((vuln) =>
        vulnerability("pip-audit", path, {
          id: textOf(vuln.id) || textOf(listOf(vuln.aliases)[0]),
          aliases: vuln.aliases,
          // pip-audit tells no severity: it may be any.
          severity: "unknown",
          title: textOf(vuln.description).split("\n")[0]?.slice(0, 300) ?? "",
          name: textOf(one.name),
          version: textOf(one.version),
          fixed: textOf(listOf(vuln.fix_versions)[0]) || null,
        }),
      ),
  );
  const reasons = skipped.map((one) => `${textOf(one.name)} was skipped: ${textOf(one.skip_reason)}`);
  return ok({ findings, looked: all.length - skipped.length, reasons });
};

/** `lockfile.dependency-count`, `vulnerabilities.list[]`, `database.advisory-count`. */
const cargo: Reading = ([value], path) => {
  const report = mapOf(value);
  const looked = numberOf(mapOf(report.lockfile)["dependency-count"]);
  if (looked === null) return fail("it does not tell what it has looked at");
  const known = numberOf(mapOf(report.database)["advisory-count"]) ?? 0;
  const findings = listOf(mapOf(report.vulnerabilities).list)
    .map(mapOf)
    .map((one) => {
      const advisory = mapOf(one.advisory);
      const dependency = mapOf(one.package);
      return vulnerability("cargo-audit", path, {
        id: textOf(advisory.id),
        aliases: advisory.aliases,
        severity: severityOf(textOf(advisory.severity)),
        title: textOf(advisory.title),
        name: textOf(dependency.name),
        version: textOf(dependency.version),
        fixed: textOf(listOf(mapOf(one.versions).patched)[0]) || null,
      });
    });
  return ok({ findings, looked, reasons: known === 0 ? ["its database holds no advisory"] : [] });
};

/** `results[].packages[].{package,vulnerabilities}`; packages without findings are not told, so looking is not proved by them. */
const osv: Reading = ([value], path) => {
  const { results } = mapOf(value);
  if (!Array.isArray(results)) return fail("it does not tell what it has looked at");
  const packages = results.map(mapOf).flatMap((one) => listOf(one.packages).map(mapOf));
  const findings = packages.flatMap((one) =>
    listOf(one.vulnerabilities)
      .map(mapOf)
      .map((vuln) => {
        const about = mapOf(one.package);
        const word = textOf(mapOf(vuln.database_specific).severity);
        const group = listOf(one.groups)
          .map(mapOf)
          .find((each) => listOf(each.ids).includes(vuln.id));
        const score = Number(textOf(group?.max_severity));
        return vulnerability("osv-scanner", path, {
          id: textOf(vuln.id),
          aliases: vuln.aliases,
          severity: word !== "" ? severityOf(word) : score > 0 ? ofScore(score) : "unknown",
          title: textOf(vuln.summary),
          name: textOf(about.name),
          version: textOf(about.version),
          fixed: fixedIn(vuln),
        });
      }),
  );
  return ok({ findings, looked: packages.length, reasons: [] });
};

const fixedIn = (vuln: Record<string, unknown>): string | null =>
  listOf(vuln.affected)
    .flatMap((affected) => listOf(mapOf(affected).ranges))
    .flatMap((range) => listOf(mapOf(range).events))
    .map((event) => textOf(mapOf(event).fixed))
    .find((fixed) => fixed !== "") ?? null;

/** `Results[].{Target,Packages,Vulnerabilities}`; without results it knew no file. */
const trivy: Reading = ([value], path) => {
  const { Results: results } = mapOf(value);
  if (!Array.isArray(results) || results.length === 0) return fail("it recognised no file");
  const all = results.map(mapOf);
  const findings = all.flatMap((one) =>
    listOf(one.Vulnerabilities)
      .map(mapOf)
      .map((vuln) =>
        vulnerability("trivy", path, {
          id: textOf(vuln.VulnerabilityID),
          aliases: vuln.VendorIDs,
          severity: severityOf(textOf(vuln.Severity)),
          title: textOf(vuln.Title),
          name: textOf(vuln.PkgName),
          version: textOf(vuln.InstalledVersion),
          fixed: textOf(vuln.FixedVersion) || null,
          help: textOf(vuln.PrimaryURL),
        }),
      ),
  );
  return ok({
    findings,
    looked: Math.max(1, all.flatMap((one) => listOf(one.Packages)).length),
    reasons: [],
  });
};

const readings: Record<Scanner["name"], Reading> = {
  "npm-audit": npm("npm-audit"),
  "pnpm-audit": npm("pnpm-audit"),
  "yarn-audit": yarn,
  "pip-audit": pip,
  "cargo-audit": cargo,
  "osv-scanner": osv,
  trivy,
};
