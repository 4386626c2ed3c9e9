import { expect, test } from "vitest";
import { chooseAudits, unlocked } from "../../pipeline/findings/vulnerabilities/choose.ts";
import type { Scanner } from "../../pipeline/findings/vulnerabilities/commands.ts";
import { readAudit } from "../../pipeline/findings/vulnerabilities/read.ts";

type Name = Scanner["name"];

const yarnLines = (...lines: unknown[]): string => lines.map((line) => JSON.stringify(line)).join("\n");

/** Each scanner's words for: one vulnerability, none, and nothing seen. */
const said: Record<Name, { found: string; clean: string; blind: string; why: string }> = {
  "npm-audit": {
    found: JSON.stringify({
      auditReportVersion: 2,
      vulnerabilities: {
        minimist: {
          name: "minimist",
          via: [
            {
              source: 1,
              name: "minimist",
              title: "Prototype Pollution",
              url: "https://github.com/advisories/GHSA-xvch-5gv4-984h",
              severity: "critical",
              range: "<1.2.6",
            },
          ],
          fixAvailable: { name: "mkdirp", version: "1.0.4" },
        },
        mkdirp: { name: "mkdirp", via: ["minimist"] },
      },
      metadata: { dependencies: { total: 2 } },
    }),
    clean: JSON.stringify({
      auditReportVersion: 2,
      vulnerabilities: {},
      metadata: { dependencies: { total: 2 } },
    }),
    blind: JSON.stringify({ message: "405 Method Not Allowed", error: { summary: "", detail: "" } }),
    why: "405 Method Not Allowed",
  },
  "pnpm-audit": {
    found: JSON.stringify({
      advisories: {
        1: {
          id: 1,
          github_advisory_id: "GHSA-xvch-5gv4-984h",
          cves: ["CVE-2021-44906"],
          severity: "critical",
          title: "Prototype Pollution",
          module_name: "minimist",
          findings: [{ version: "1.2.5" }],
          patched_versions: ">=1.2.6",
          url: "",
        },
      },
      metadata: { totalDependencies: 2 },
    }),
    clean: JSON.stringify({ advisories: {}, metadata: { totalDependencies: 2 } }),
    blind: JSON.stringify({ error: { code: "ERR_PNPM_AUDIT_BAD_RESPONSE", message: "responded with 405" } }),
    why: "responded with 405",
  },
  "yarn-audit": {
    found: yarnLines(
      {
        type: "auditAdvisory",
        data: {
          advisory: {
            github_advisory_id: "GHSA-xvch-5gv4-984h",
            cves: ["CVE-2021-44906"],
            severity: "critical",
            title: "Prototype Pollution",
            module_name: "minimist",
            findings: [{ version: "1.2.5" }],
            patched_versions: ">=1.2.6",
            url: "",
          },
        },
      },
      { type: "auditSummary", data: { totalDependencies: 2 } },
    ),
    clean: yarnLines({ type: "auditSummary", data: { totalDependencies: 2 } }),
    blind: yarnLines({ type: "error", data: "Received malformed response from registry" }),
    why: "Received malformed response from registry",
  },
  "pip-audit": {
    found: JSON.stringify({
      dependencies: [
        {
          name: "jinja2",
          version: "2.4.1",
          vulns: [
            {
              id: "PYSEC-2019-217",
              aliases: ["CVE-2019-10906"],
              fix_versions: ["2.10.1"],
              description: "Sandbox escape",
            },
          ],
        },
        { name: "six", version: "1.16.0", vulns: [] },
      ],
    }),
    clean: JSON.stringify({
      dependencies: [
        { name: "six", version: "1.16.0", vulns: [] },
        { name: "a", version: "1", vulns: [] },
      ],
    }),
    blind: JSON.stringify({ fixes: [] }),
    why: "it does not tell what it has looked at",
  },
  "cargo-audit": {
    found: JSON.stringify({
      database: { "advisory-count": 700 },
      lockfile: { "dependency-count": 2 },
      vulnerabilities: {
        list: [
          {
            advisory: {
              id: "RUSTSEC-2020-0071",
              aliases: ["CVE-2020-26235"],
              title: "Segfault",
              severity: "medium",
            },
            versions: { patched: [">=0.2.23"] },
            package: { name: "time", version: "0.1.0" },
          },
        ],
      },
    }),
    clean: JSON.stringify({
      database: { "advisory-count": 700 },
      lockfile: { "dependency-count": 2 },
      vulnerabilities: { list: [] },
    }),
    blind: "error: couldn't fetch advisory database",
    why: "it printed no JSON",
  },
  "osv-scanner": {
    found: JSON.stringify({
      results: [
        {
          packages: [
            {
              package: { name: "minimist", version: "1.2.5" },
              groups: [{ ids: ["GHSA-1"], max_severity: "9.8" }],
              vulnerabilities: [
                {
                  id: "GHSA-1",
                  aliases: ["CVE-2021-44906"],
                  summary: "Prototype Pollution",
                  affected: [{ ranges: [{ events: [{ introduced: "0" }, { fixed: "1.2.6" }] }] }],
                },
              ],
            },
            { package: { name: "b", version: "1" } },
          ],
        },
      ],
    }),
    clean: JSON.stringify({
      results: [
        { packages: [{ package: { name: "a", version: "1" } }, { package: { name: "b", version: "1" } }] },
      ],
    }),
    blind: JSON.stringify({ error: "no" }),
    why: "it does not tell what it has looked at",
  },
  trivy: {
    found: JSON.stringify({
      Results: [
        {
          Target: "Cargo.lock",
          Packages: [{}, {}],
          Vulnerabilities: [
            {
              VulnerabilityID: "CVE-2021-1",
              VendorIDs: ["GHSA-wcg3-cvx6-7396"],
              Severity: "HIGH",
              Title: "Bad",
              PkgName: "time",
              InstalledVersion: "0.1.0",
              FixedVersion: "0.2.23",
            },
          ],
        },
      ],
    }),
    clean: JSON.stringify({ Results: [{ Target: "Cargo.lock", Packages: [{}, {}] }] }),
    blind: JSON.stringify({ Results: [] }),
    why: "it recognised no file",
  },
};

const names = Object.keys(said) as Name[];

test.each(names)("%s: a vulnerability is told with its severity, and what mends it", (name) => {
  const read = readAudit(name, said[name].found, "the.lock");
  expect(read).toMatchObject({ ok: true, value: { looked: 2, reasons: [] } });
  const [finding, ...more] = read.ok ? read.value.findings : [];
  expect(more).toEqual([]);
  expect(finding).toMatchObject({
    tool: name,
    path: "the.lock",
    rule: expect.stringMatching(/^(GHSA|PYSEC|RUSTSEC|CVE)-/),
  });
  // npm's own report names no other id.
  if (name === "npm-audit") expect(finding?.aliases).toBeUndefined();
  else expect(finding?.aliases).toEqual([expect.stringMatching(/^(CVE|GHSA)-/)]);
  expect(finding?.dependency?.fixed).toMatch(/\d\.\d/);
  expect(finding?.severity).toBe(
    { "pip-audit": "unknown", "cargo-audit": "medium", trivy: "high" }[name as string] ?? "critical",
  );
});

test.each(names)("%s: none is none only with what was looked at", (name) => {
  expect(readAudit(name, said[name].clean, "the.lock")).toEqual({
    ok: true,
    value: { findings: [], looked: 2, reasons: [] },
  });
});

test.each(names)("%s: what could not be looked at is no pass", (name) => {
  expect(readAudit(name, said[name].blind, "the.lock")).toEqual({ ok: false, failure: said[name].why });
  expect(readAudit(name, "", "the.lock")).toEqual({ ok: false, failure: "it printed no JSON" });
});

test("pip-audit: a package that was skipped is a reason, though nothing else was found", () => {
  const text = JSON.stringify({
    dependencies: [{ name: "internal", skip_reason: "Dependency not found on PyPI" }],
  });
  expect(readAudit("pip-audit", text, "requirements.txt")).toEqual({
    ok: true,
    value: { findings: [], looked: 0, reasons: ["internal was skipped: Dependency not found on PyPI"] },
  });
});

test("cargo-audit: an empty database proves nothing", () => {
  const text = JSON.stringify({
    database: { "advisory-count": 0 },
    lockfile: { "dependency-count": 2 },
    vulnerabilities: { list: [] },
  });
  expect(readAudit("cargo-audit", text, "Cargo.lock")).toMatchObject({
    ok: true,
    value: { reasons: ["its database holds no advisory"] },
  });
});

const here =
  (...programs: string[]) =>
  (program: string): boolean =>
    programs.includes(program);

const ran = (paths: string[], wanted: string[], has: (program: string) => boolean) => {
  const { audits, uncovered } = chooseAudits(paths, wanted, has);
  return {
    audits: audits.map(({ scanner, directory, file }) => `${scanner.name} ${directory} ${file}`),
    uncovered: uncovered.map(({ path, by }) => `${path}: ${by.join(" ")}`),
  };
};

test("each manifest is read by the nearest scanner at hand; other people's code is not ours to scan", () => {
  const paths = [
    "package-lock.json",
    "backend/requirements.txt",
    "web/node_modules/a/package-lock.json",
    "src/a.py",
  ];
  expect(ran(paths, [], here("npm", "pip-audit", "trivy"))).toEqual({
    audits: ["npm-audit . package-lock.json", "pip-audit backend requirements.txt"],
    uncovered: [],
  });
});

test("a manifest that no scanner at hand reads is told with the ones that would", () => {
  expect(ran(["Cargo.lock"], [], here("npm"))).toEqual({
    audits: [],
    uncovered: ["Cargo.lock: cargo-audit osv-scanner trivy"],
  });
});

test("a scanner that was asked for must be there", () => {
  expect(ran(["package-lock.json"], ["npm-audit", "trivy"], here("npm"))).toEqual({
    audits: ["npm-audit . package-lock.json"],
    uncovered: ["package-lock.json: trivy"],
  });
});

test("pip's lists are read whatever they are for", () => {
  const paths = [
    "requirements-dev.txt",
    "ops/requirements_prod.txt",
    "dev-requirements.txt",
    "requirements.md",
  ];
  expect(ran(paths, [], here("pip-audit")).audits).toEqual([
    "pip-audit . requirements-dev.txt",
    "pip-audit ops requirements_prod.txt",
    "pip-audit . dev-requirements.txt",
  ]);
  const [audit] = chooseAudits(["requirements-dev.txt"], [], here("osv-scanner", "trivy")).audits;
  expect(audit?.scanner.command(audit.file)).toContain("--lockfile=requirements.txt:requirements-dev.txt");
});

test("dependencies without a lock are told: which versions they have, nobody knows", () => {
  const texts: Record<string, string> = {
    "package.json": '{ "dependencies": { "left-pad": "^1.0.0" } }',
    "tools/package.json": '{ "name": "tools" }',
    "api/pyproject.toml": '[project]\nname = "api"\ndependencies = [\n  "fastapi",\n]\n',
    "lint/pyproject.toml": "[tool.ruff]\nline-length = 100\n",
    "Cargo.toml": '[package]\nname = "a"\n[dependencies]\nserde = "1"\n',
    "node_modules/x/package.json": '{ "dependencies": { "y": "1" } }',
  };
  const told = (...more: string[]) =>
    unlocked([...Object.keys(texts), ...more], (path) => texts[path] ?? null);
  expect(told()).toEqual(["package.json", "api/pyproject.toml", "Cargo.toml"]);
  expect(told("pnpm-lock.yaml", "api/uv.lock", "Cargo.lock")).toEqual([]);
  expect(told("api/package-lock.json", "Cargo.lock", "api/requirements.txt")).toEqual(["package.json"]);
});

test("a project without dependencies has nothing to look at", () => {
  expect(ran(["README.md"], [], here("npm"))).toEqual({ audits: [], uncovered: [] });
});
