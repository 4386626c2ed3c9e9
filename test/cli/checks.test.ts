import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { makeSystem, systemsOfTests } from "../support/system.ts";

const given = systemsOfTests();

/** A key that no one has, put together here so that this file holds none. */
const stripe = `sk_live_${"4eC39HqLyjWDarjtT1zdp7dc"}`;

test("all linters run, whatever one of them says, and each failure names file, line and rule", async () => {
  const config = `app: small
checks:
  lint:
    flake8: { run: "echo \\"app/x.py:3:1: F401 'os' imported but unused\\"; exit 1", findings: flake8 }
    black: { run: "echo 'would reformat app/y.py'; exit 1", findings: black }
    good: "true"
`;
  const system = await given(config);
  const done = await system.run("run", "lint");
  expect(done.code).toBe(1);
  expect(done.stdout).toContain("app/x.py:3 F401: 'os' imported but unused\n");
  expect(done.stdout).toContain("app/y.py format: not formatted\n");
  const report = await system.report();
  const steps = report.stages.find(({ id }) => id === "lint")?.steps ?? [];
  expect(
    steps.map(({ id, outcome, evidence }) => [id, outcome, evidence?.findings.length]).toSorted(),
  ).toEqual([
    ["lint:black", "failed", 1],
    ["lint:flake8", "failed", 1],
    ["lint:good", "passed", undefined],
  ]);
});

test("a linter that found nothing has an empty SARIF run, and one that broke has none", async () => {
  const system = await given(`app: small
checks:
  lint:
    mypy: { run: "true", findings: mypy }
    ruff: { run: "exit 2", findings: ruff }
`);
  await system.run("run", "lint");
  expect(await readdir(join(system.state, "reports", "sarif"))).toEqual(["mypy.sarif"]);
  expect(JSON.parse(await system.stored("reports/sarif/mypy.sarif")).runs[0].results).toEqual([]);
});

test("the password in an address that is handed on is hidden where a command prints it", async () => {
  const system = await makeSystem({
    files: {
      "bellwether.yaml": `app: small
toolchains: { node: { version: ">=20", pass-environment: [MIRROR] } }
checks: { unit: 'echo "asking $MIRROR"' }
`,
    },
    variables: { MIRROR: "http://ada:hush-4711@mirror.example/simple" },
  });
  const { stdout } = await system.run("run", "unit-test");
  expect(await system.close()).toEqual([]);
  expect(stdout).toContain("asking ***\n");
  expect(stdout).not.toContain("hush-4711");
});

const unit = (run: string, more = "") =>
  `app: small\nchecks:\n  unit: { run: ${JSON.stringify(run)}, reports: { junit: out/unit.xml, coverage: out/lcov.info }${more} }\n`;
const good = `mkdir -p out && echo '<testsuite name="s"><testcase name="a" time="1"/></testsuite>' > out/unit.xml`;
const covered = (hit: number) => `printf 'SF:a.js\\nLF:10\\nLH:${hit}\\nend_of_record\\n' > out/lcov.info`;

test("tests and coverage are read, and again from the cache", async () => {
  const system = await given(unit(`${good} && ${covered(9)}`, ", coverage: { min: 90% }"));
  const before = { in: "", "from the cache": " \\(as on the base branch\\)" };
  for (const [how, against] of Object.entries(before)) {
    const done = await system.run("run", "unit-test");
    expect(done.code).toBe(0);
    expect(done.stdout).toMatch(
      new RegExp(`\\[unit:unit\\] passed ${how}.*: 1 test passed, coverage 90 %${against}\\n`),
    );
    expect(
      (await system.report()).stages.find(({ id }) => id === "unit-test")?.steps[0]?.evidence,
    ).toMatchObject({
      tests: { total: 1, passed: 1 },
      coverage: { lines: { covered: 9, total: 10 } },
    });
  }
  expect(await system.stored("reports/last.html")).toContain(
    "90 % (as in the run before, as on the base branch)",
  );
});

test("reports of each run are kept as artifacts, those of failed steps too, without the secrets in them", async () => {
  const junit = `mkdir -p out && printf '<testsuite name="s"><testcase name="a"><failure message="%s"/></testcase></testsuite>' "$TOKEN" > out/unit.xml; exit 1`;
  const system = await given(
    `app: small
checks:
  unit: { run: ${JSON.stringify(junit)}, secrets: [TOKEN], reports: { junit: out/unit.xml } }
secrets: { TOKEN: { from: file, path: token.txt } }
`,
    { "token.txt": "hush-hush-4711\n", ".gitignore": ".bellwether/\ntoken.txt\n" },
  );
  for (const _ of [1, 2]) expect((await system.run("run", "unit-test")).code).toBe(1);
  const runs = await readdir(join(system.state, "reports", "runs"));
  expect(runs).toHaveLength(2);
  for (const run of runs) {
    const kept = await system.stored(
      join("reports", "runs", run, "artifacts", "unit-unit", "out", "unit.xml"),
    );
    expect(kept).toContain('<failure message="***"/>');
    expect(await system.stored(join("reports", "runs", run, "last.json"))).not.toContain("hush-hush");
  }
});

test("coverage below the threshold fails, also where the step itself comes from the cache", async () => {
  const system = await given(unit(`${good} && ${covered(8)}`, ", coverage: { min: 80% }"));
  expect((await system.run("run", "unit-test")).code).toBe(0);
  await system.edit("bellwether.yaml", "min: 80%", "min: 85%");
  const done = await system.run("run", "unit-test");
  expect(done.code).toBe(1);
  expect(done.stdout).toContain("in total 80 %, expected at least 85 %\n");
});

test("a file that is covered too little does not hide behind one of its name in another source", async () => {
  const lines = (...hits: number[]) =>
    hits.map((hit, at) => `<line number="${at + 1}" hits="${hit}"/>`).join("");
  const one = (hits: string) => `<class name="x.py" filename="x.py"><lines>${hits}</lines></class>`;
  const system = await given(
    `app: small
checks:
  unit:
    run: mkdir -p out && sed "s|ROOT|$PWD|g" coverage.xml > out/coverage.xml
    reports: { coverage: out/coverage.xml }
    coverage: { min: 10%, min-file: 50% }
`,
    {
      "coverage.xml": `<coverage><sources><source>ROOT/app</source><source>ROOT/lib</source></sources><classes>${one(lines(1, 1, 1))}${one(lines(1, 0, 0))}<class name="y.py" filename="y.py"><lines>${lines(0)}</lines></class></classes></coverage>`,
      "app/x.py": "",
      "lib/x.py": "",
      "lib/y.py": "",
    },
  );
  const done = await system.run("run", "unit-test");
  expect(done.code).toBe(1);
  expect(done.stdout).toContain("lib/x.py 33.3 %, expected at least 50 %\n");
  expect(done.stdout).toContain("lib/y.py 0 %, expected at least 50 %\n");
});

test("coverage may not drop by more than is allowed below the last good run on the base branch", async () => {
  const system = await given(unit(`${good} && ${covered(9)}`, ", coverage: { min: 10%, max-drop: 5% }"));
  await system.git("checkout", "-q", "-B", "main");
  expect((await system.run("run", "unit-test")).code).toBe(0);
  await system.git("checkout", "-q", "-b", "feature/less");
  await system.edit("bellwether.yaml", "LH:9", "LH:8");
  const done = await system.run("run", "unit-test");
  expect(done.stdout).toContain("80 % after 90 % on the base branch, expected a drop of at most 5 %\n");
  expect(done.code).toBe(1);
  await system.edit("bellwether.yaml", "max-drop: 5%", "max-drop: 15%");
  const within = await system.run("run", "unit-test");
  expect(within.stdout).toContain("coverage 80 % (−10.0 points against the base branch)\n");
  expect(within.code).toBe(0);
});

test("a test command that ends well without the report that it declares does not pass", async () => {
  const system = await given(unit("mkdir -p out && echo '<testsuite' > out/unit.xml && touch out/lcov.info"));
  const done = await system.run("run", "unit-test");
  expect(done.code).toBe(1);
  expect(done.stdout).toContain(
    "[unit:unit] unit:unit ended well, but its report out/unit.xml tells nothing: it is no XML",
  );
});

test("a report that was not written is told as a report, not as an output that nobody wrote down", async () => {
  const system = await given(unit(good));
  const done = await system.run("run", "unit-test");
  expect(done.code).toBe(1);
  expect(done.stdout).toContain(
    "unit:unit ended well, but its report out/lcov.info tells nothing: it was not written.\n",
  );
  expect(done.stdout).toContain("correct its path in the config: `reports`");
  expect(done.stdout).not.toContain("`outputs`");
});

test("B50: a secret in the files fails the scan with file and line, and its value is nowhere", async () => {
  const config = (allow: string) =>
    `app: small\nsecurity:\n  secrets: { scanner: built-in, allow: [${allow}] }\n`;
  const system = await given(config(""), { "service/pay.py": `\nkey = "${stripe}"\n` });
  const done = await system.run("run", "security-scan");
  expect(done.code).toBe(1);
  expect(done.stdout).toContain(
    "service/pay.py:2 stripe-key [high]: pay.py holds a Stripe key sk_l… (32 characters)\n",
  );
  for (const text of [
    done.stdout,
    done.stderr,
    await system.stored("evidence/scan-secrets.json"),
    JSON.stringify(await system.report()),
  ])
    expect(text).not.toContain(stripe.slice(6));
  await system.write({
    "bellwether.yaml": config(
      "{ rule: stripe-key, path: 'service/*', reason: test key, expires: 2999-01-01 }",
    ),
  });
  const allowed = await system.run("run", "security-scan");
  expect(allowed.code).toBe(0);
  expect(allowed.stdout).toMatch(
    /\[scan:secrets\] passed .*: \d+ files or packages looked at, 0 findings, 1 allowed\n/,
  );
  await system.edit("bellwether.yaml", "2999", "2001");
  const expired = await system.run("run", "security-scan");
  expect(expired.code).toBe(1);
  expect(expired.stdout).toContain("stripe-key in service/* until 2001-01-01: test key\n");
});

test("a vulnerability scan behind a registry that answers 405 is inconclusive, and no pass", async () => {
  const server = createServer((_request, response) => {
    response.writeHead(405, { "content-type": "application/json" }).end('{"error":"method not allowed"}');
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    const { port } = server.address() as AddressInfo;
    const lock = {
      name: "small",
      version: "1.0.0",
      lockfileVersion: 3,
      requires: true,
      packages: {
        "": { name: "small", version: "1.0.0", dependencies: { a: "1.0.0" } },
        "node_modules/a": { version: "1.0.0" },
      },
    };
    const config = "app: small\nsecurity:\n  vulnerabilities: { fail: high, scanners: [npm-audit] }\n";
    const system = await given(config, {
      "package.json": JSON.stringify({ name: "small", version: "1.0.0", dependencies: { a: "1.0.0" } }),
      "package-lock.json": JSON.stringify(lock),
      ".npmrc": `registry=http://127.0.0.1:${port}/\nfetch-retries=0\n`,
    });
    const done = await system.run("run", "security-scan");
    expect(done.stdout).toContain(
      "npm-audit could not look at everything, so it is not known whether there is something to find.\n",
    );
    expect(done.stdout).toContain("405");
    expect(done.code).toBe(1);
    await system.write({
      "bellwether.yaml": config.replace(
        " }\n",
        ", accept-inconclusive: { reason: our mirror has no audit, expires: 2999-01-01 } }\n",
      ),
    });
    const accepted = await system.run("run", "security-scan");
    expect(accepted.code).toBe(0);
    expect(accepted.stdout).toContain("accepted until 2999-01-01: our mirror has no audit");
    expect((await system.report()).cacheHits).toBe(0);
  } finally {
    server.close();
  }
}, 60_000);

test("a manifest that no scanner on the machine can read is inconclusive", async () => {
  const system = await given("app: small\nsecurity:\n  vulnerabilities: { scanners: [trivy] }\n", {
    "Cargo.lock": "version = 4\n",
  });
  const done = await system.run("run", "security-scan");
  expect(done.code).toBe(1);
  expect(done.stdout).toContain("Cargo.lock was not looked at: none of trivy is on PATH\n");
});

test("dependencies that no lock holds to a version are inconclusive, and no pass", async () => {
  const system = await given("app: small\nsecurity:\n  vulnerabilities: { fail: high }\n", {
    "package.json": JSON.stringify({ name: "small", dependencies: { a: "^1.0.0" } }),
  });
  const done = await system.run("run", "security-scan");
  expect(done.code).toBe(1);
  expect(done.stdout).toContain("package.json names dependencies, and no lock beside it or above says");
});

test("a scanner that breaks after it found a little has not looked at everything", async () => {
  const advisory = {
    name: "a",
    severity: "low",
    range: "*",
    fixAvailable: false,
    via: [{ source: 1, title: "small", severity: "low", url: "" }],
  };
  const said = JSON.stringify({
    auditReportVersion: 2,
    vulnerabilities: { a: advisory },
    metadata: { dependencies: { total: 1 } },
  });
  const bin = await mkdtemp(join(tmpdir(), "bellwether-npm-"));
  await writeFile(join(bin, "npm"), `#!/bin/sh\necho '${said}'\nexit $(cat code)\n`, { mode: 0o755 });
  const system = await makeSystem({
    files: {
      "bellwether.yaml": "app: small\nsecurity:\n  vulnerabilities: { fail: high, scanners: [npm-audit] }\n",
      "package-lock.json": "{}",
      code: "1",
    },
    variables: { PATH: `${bin}:${process.env.PATH}` },
  });
  try {
    expect((await system.run("run", "security-scan")).code).toBe(0);
    await system.write({ code: "127" });
    const broken = await system.run("run", "security-scan");
    expect(broken.code).toBe(1);
    expect(broken.stdout).toContain("it ended with 127");
  } finally {
    expect(await system.close()).toEqual([]);
    await rm(bin, { recursive: true });
  }
});

test("a pull request's commits are looked into: what was taken out again is out for good", async () => {
  const system = await given("app: small\nsecurity:\n  secrets: { scanner: built-in }\n");
  await system.git("checkout", "-q", "-b", "feature/pay");
  await system.write({ "service/pay.py": `key = "${stripe}"\n` });
  await system.commit("pay");
  await system.git("rm", "-q", "service/pay.py");
  await system.commit("take it out again");
  const tree = await system.run("run", "security-scan");
  expect(tree.code).toBe(0);
  const done = await system.run("--event", "pull_request", "run", "security-scan");
  expect(done.code).toBe(1);
  expect(done.stdout).toMatch(/service\/pay\.py:1 stripe-key \[high\]: .*, added by commit [0-9a-f]{12}/);
});

test("the scan by hand shows what it found and writes it to a file", async () => {
  const system = await given("app: small\n", { "service/pay.py": `key = "${stripe}"\n` });
  const done = await system.run("--json", "scan", "secrets", "--out", join(system.directory, "scan.json"));
  expect(done.code).toBe(0);
  expect(JSON.parse(done.stdout)).toMatchObject({
    kind: "secrets",
    findings: [{ path: "service/pay.py", line: 1 }],
  });
});
