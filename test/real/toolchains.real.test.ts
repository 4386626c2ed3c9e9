import { expect, test } from "vitest";
import { systemsOfTests } from "../support/system.ts";

const given = systemsOfTests();

const ignored = ".bellwether/\n.venv/\nout/\ntarget/\n.coverage\n__pycache__/\n";

test("a python project is set up by pip, linted and tested with coverage, and then comes from the cache", async () => {
  const config = `app: small
toolchains:
  python: { version: ">=3.11" }
checks:
  lint: { flake8: flake8 app }
  unit:
    run: pytest -q --junitxml=out/unit.xml --cov=app --cov-report=xml:out/coverage.xml
    reports: { junit: out/unit.xml, coverage: out/coverage.xml }
    coverage: { min: 60% }
`;
  const system = await given(config, {
    ".gitignore": ignored,
    "requirements-dev.txt": "flake8\npytest\npytest-cov\n",
    "app/__init__.py": "",
    "app/calc.py": "def add(a, b):\n    return a + b\n\n\ndef untested():\n    return 1\n",
    "tests/__init__.py": "",
    "tests/test_calc.py": "from app.calc import add\n\n\ndef test_add():\n    assert add(1, 2) == 3\n",
  });
  const first = await system.run("run");
  expect(first.stdout).toMatch(/\[unit:unit\] passed in .*: 1 test passed, coverage 75 %\n/);
  expect(first.code).toBe(0);
  expect((await system.run("run")).code).toBe(0);
  expect((await system.report()).cacheHits).toBe(3);

  await system.write({ "app/calc.py": "import os\n\n\ndef add(a, b):\n    return a - b\n" });
  const broken = await system.run("run");
  expect(broken.code).toBe(1);
  expect(broken.stdout).toContain("app/calc.py:1 F401: 'os' imported but unused\n");
  expect(broken.stdout).toContain("tests.test_calc › test_add: assert -1 == 3\n");
}, 300_000);

test("a rust crate is fetched, linted by clippy and tested", async () => {
  const config = `app: small
toolchains:
  rust: { version: ">=1.70" }
checks:
  lint: { clippy: cargo clippy --quiet -- -D warnings }
  unit: cargo test --quiet
`;
  const system = await given(config, {
    ".gitignore": ignored,
    "Cargo.toml": '[package]\nname = "small"\nversion = "0.1.0"\nedition = "2021"\n',
    "Cargo.lock": 'version = 3\n\n[[package]]\nname = "small"\nversion = "0.1.0"\n',
    "src/lib.rs":
      "pub fn add(a: i32, b: i32) -> i32 {\n    a + b\n}\n\n#[test]\nfn adds() {\n    assert_eq!(add(1, 2), 3);\n}\n",
  });
  expect((await system.run("run")).code).toBe(0);
  await system.write({ "src/lib.rs": "pub fn empty(v: &[i32]) -> bool {\n    v.len() == 0\n}\n" });
  const broken = await system.run("run", "lint");
  expect(broken.code).toBe(1);
  expect(broken.stdout).toContain("src/lib.rs:2 len_zero: length comparison to zero\n");
}, 300_000);
