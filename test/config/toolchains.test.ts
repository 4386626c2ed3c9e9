import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { expect, test } from "vitest";
import type { Toolchain } from "../../pipeline/config/config.ts";
import { parseConfig } from "../../pipeline/config/parse.ts";
import { lineOf, problemsIn } from "./support.ts";

/** The toolchain of a checkout with these files. */
function toolchain(name: string, keys: string, files: Record<string, string>): Toolchain {
  const text = `app: demo\ntoolchains: { ${name}: { ${keys} } }\n`;
  const checkout = { has: (path: string) => path in files, text: (path: string) => files[path] ?? null };
  const config = parseConfig(text, "bellwether.yaml", checkout);
  if (!config.ok) throw new Error(JSON.stringify(config.failure));
  const found = config.value.toolchains[name];
  if (found === undefined) throw new Error(`no toolchain ${name}`);
  return found;
}

const python = 'version: "3.11"';
const node = 'version: ">=20"';

test("pip fills a virtual environment with all requirement files at once, so that they agree", () => {
  const files = { "requirements.txt": "", "requirements-dev.txt": "" };
  expect(toolchain("python", python, files)).toMatchObject({
    image: "python:3.11-slim",
    probe: ["python3", "--version"],
    setup: [
      "rm -rf .venv && python3 -m venv .venv",
      [
        ".venv/bin/python",
        ...["-m", "pip", "install", "--disable-pip-version-check"],
        ...["-r", "requirements.txt", "-r", "requirements-dev.txt"],
      ],
    ],
    setupOutputs: [".venv"],
    path: [".venv/bin", ".venv/tools/bin"],
  });
});

test("a new environment is made by the machine's interpreter, though the former one's stands before it on PATH", () => {
  const root = mkdtempSync(join(tmpdir(), "bellwether-venv-"));
  try {
    const program = (place: string, text: string) => {
      mkdirSync(join(root, place), { recursive: true });
      writeFileSync(join(root, place, "python3"), `#!/bin/sh\nmkdir -p .venv && echo ${text} >.venv/by\n`, {
        mode: 0o755,
      });
    };
    program("machine", "machine");
    program(".venv/bin", "former");
    const [venv] = toolchain("python", python, { "requirements.txt": "" }).setup;
    const PATH = [join(root, ".venv/bin"), join(root, "machine"), process.env.PATH].join(delimiter);
    execFileSync("sh", ["-c", String(venv)], { cwd: root, env: { PATH } });
    expect(readFileSync(join(root, ".venv/by"), "utf8")).toBe("machine\n");
  } finally {
    rmSync(root, { recursive: true });
  }
});

test.each([
  ["uv.lock", "uv sync --frozen"],
  ["poetry.lock", "poetry install --no-interaction"],
  ["pdm.lock", "pdm sync"],
])("%s is honoured by its own manager, which is brought along where the machine has none", (lock, sync) => {
  const { setup, setupInputs } = toolchain("python", python, { [lock]: "", "pyproject.toml": "" });
  expect(setup[0]).toBe("rm -rf .venv && python3 -m venv .venv");
  expect(setup[1]).toContain(`command -v ${sync.split(" ")[0]} `);
  expect(setup[1]).toContain(".venv/tools/bin/python -m pip install");
  expect(setup[2]).toContain(sync);
  expect(setupInputs).toEqual([lock, "pyproject.toml", "setup.py", "setup.cfg"]);
});

test("what install names is installed, whatever lock is there; a project is installed in place", () => {
  const { setup } = toolchain("python", `${python}, install: ["requirements/ci.txt", ".[dev]"]`, {
    "uv.lock": "",
  });
  expect(setup[1]).toEqual([
    ".venv/bin/python",
    ...["-m", "pip", "install", "--disable-pip-version-check"],
    ...["-r", "requirements/ci.txt", "-e", ".[dev]"],
  ]);
});

test("a project's extras for work are installed with it, others are not; a package may be named by itself", () => {
  const manifest =
    '[project]\nname = "calc"\n\n[project.optional-dependencies]\ndev = ["pytest"]\nlint = [\n  "ruff",\n]\ncharts = ["plotly"]\n\n[tool.ruff]\ntest = 1\n';
  const { setup } = toolchain("python", python, { "pyproject.toml": manifest });
  expect(setup[1]?.slice(-2)).toEqual(["-e", ".[dev,lint]"]);
  const uv = toolchain("python", python, { "pyproject.toml": manifest, "uv.lock": "" });
  expect(uv.setup[2]).toContain(" uv sync --frozen --inexact --extra dev --extra lint --python ");
  const named = toolchain("python", `${python}, install: [".", "pytest>=8"]`, { "pyproject.toml": "" });
  expect(named.setup[1]?.slice(-3)).toEqual(["-e", ".", "pytest>=8"]);
  const byAddress = toolchain("python", `${python}, install: [lib/a, "b @ git+https://a.example/b"]`, {});
  expect(byAddress.setup[1]?.slice(-3)).toEqual(["-e", "lib/a", "b @ git+https://a.example/b"]);
});

test("the interpreter that is asked for its version also makes the environment", () => {
  const { setup } = toolchain("python", `${python}, probe: [python3.11, --version]`, { "setup.py": "" });
  expect(setup[0]).toBe("rm -rf .venv && python3.11 -m venv .venv");
  expect(setup[1]).toContain("-e");
});

test("a python project without anything to install has no set-up", () => {
  expect(toolchain("python", python, {})).toMatchObject({ setup: [], setupInputs: [], setupOutputs: [] });
});

test("a toolchain of another directory knows its files there", () => {
  const found = toolchain("backend", `kind: python, ${python}, directory: backend`, {
    "backend/requirements.txt": "",
  });
  expect(found).toMatchObject({
    directory: "backend",
    setupOutputs: ["backend/.venv"],
    path: ["backend/.venv/bin", "backend/.venv/tools/bin"],
  });
  expect(found.setupInputs).toContain("backend/*requirements*.txt");
});

test("npm's workspaces keep modules of their own, and a cache hit brings them back", () => {
  const lock = `{
  "lockfileVersion": 3,
  "packages": {
    "": {},
    "node_modules/a": {},
    "node_modules/a/node_modules/b": {},
    "packages/web": {},
    "packages/web/node_modules/c": {},
    "packages/web/node_modules/@scope/d": {}
  }
}`;
  expect(toolchain("node", node, { "package-lock.json": lock })).toMatchObject({
    setup: ["npm ci"],
    setupInputs: ["package.json", "package-lock.json", "packages/web/package.json"],
    setupOutputs: ["node_modules", "packages/web/node_modules"],
  });
});

test("pnpm installs by its lock, with the modules of each importer", () => {
  const lock = `lockfileVersion: '9.0'

importers:

  .:
    dependencies:
      a: {}

  packages/api:
    dependencies:
      b: {}

  packages/empty: {}

packages:

  c@1.0.0:
    resolution: { integrity: sha512-c }
`;
  expect(toolchain("node", node, { "pnpm-lock.yaml": lock })).toMatchObject({
    setup: [expect.stringMatching(/pnpm@10 &&\nPATH="\$own\/bin:\$PATH" pnpm install --frozen-lockfile/)],
    setupOutputs: ["node_modules", "packages/api/node_modules"],
    path: ["node_modules/.bin", "node_modules/.manager/bin"],
  });
  const pinned = { "pnpm-lock.yaml": lock, "package.json": '{"packageManager":"pnpm@9.15.9+sha512.a"}' };
  expect(toolchain("node", node, pinned).setup[0]).toContain(" pnpm@9.15.9 &&");
});

test("yarn installs by its lock, the newer one in its own words", () => {
  expect(toolchain("node", node, { "yarn.lock": "" }).setup[0]).toMatch(
    / yarn@1 &&\n.* yarn install --frozen-lockfile && /,
  );
  const berry = toolchain("node", node, { "yarn.lock": "", ".yarnrc.yml": "" });
  expect(berry.setup[0]).toMatch(/ @yarnpkg\/cli-dist@4 &&\n.* yarn install --immutable && /);
  const workspaces = toolchain("node", node, { "yarn.lock": "", "package.json": '{"workspaces":["a"]}' });
  expect(workspaces.setupOutputs).toEqual([]);
});

test("cargo fetches by its lock, and its target directory stays between runs", () => {
  expect(toolchain("rust", 'version: ">=1.80"', { "Cargo.lock": "" })).toMatchObject({
    image: "rust:1",
    probe: ["cargo", "--version"],
    setup: ["cargo fetch --locked"],
    setupOutputs: [],
    caches: ["target", "~/.cargo/registry", "~/.cargo/git"],
  });
});

test.each([
  ["node", ">=20.19", "node:24-slim"],
  ["node", "^20", "node:20-slim"],
  ["node", "18 || 20", "node:20-slim"],
  ["node", "20.11.1", "node:20.11.1-slim"],
  ["node", ">=20.11 <20.12", "node:20.11.0-slim"],
  ["node", ">=26", "node:26.0.0-slim"],
  ["python", ">=3.10", "python:3.10-slim"],
  ["python", "3.11", "python:3.11-slim"],
  ["python", ">=3.9 <3.13", "python:3.9-slim"],
  ["python", "<3.13 >=3.11", "python:3.11-slim"],
  ["python", "3.11.7", "python:3.11.7-slim"],
  ["python", ">=3", "python:3-slim"],
  ["rust", ">=1.75", "rust:1"],
  ["rust", "1.75", "rust:1.75"],
  ["rust", "~1.80", "rust:1.80"],
  ["rust", "1.82.0", "rust:1.82.0"],
])("the image of %s for %s is %s, which is in the range", (language, range, image) => {
  expect(toolchain(language, `version: "${range}"`, {}).image).toBe(image);
});

test.each([
  ["a requirement by its repository", "requirements.txt", "lib @ git+https://example.com/lib.git@v1\n", ""],
  [
    "poetry's dependency by git",
    "pyproject.toml",
    '[tool.poetry.dependencies]\nlib = { git = "https://example.com/lib" }\n',
    "",
  ],
  ["a package that is compiled", "requirements.txt", "fastapi\npsycopg2>=2.9\n", ""],
  ["one that comes compiled", "requirements.txt", "fastapi\npsycopg2-binary>=2.9\n", "-slim"],
  ["one whose name only ends like it", "requirements.txt", "aio-uwsgi==1\n", "-slim"],
])("an image of Python with git and compilers is taken where it is needed: %s", (_, file, text, suffix) => {
  expect(toolchain("python", python, { [file]: text }).image).toBe(`python:3.11${suffix}`);
});

test("packages of Node by their repository ask for an image with git", () => {
  const lock = '{"packages":{"node_modules/a":{"resolved":"git+ssh://git@example.com/a.git#abc"}}}';
  expect(toolchain("node", node, { "package-lock.json": lock }).image).toBe("node:24");
});

test("groups that are named are installed by each manager's own option, extras of the manifest as extras", () => {
  const manifest = '[project]\r\nname = "calc"\r\n[project.optional-dependencies]\r\ntest = ["pytest"]\r\n';
  const set = (lock: string, groups = "groups: [lint, test]") =>
    toolchain("python", `${python}, ${groups}`, { [lock]: "", "pyproject.toml": manifest }).setup.at(-1);
  expect(set("uv.lock")).toContain("--inexact --extra test --group lint --python");
  expect(set("poetry.lock")).toContain("--compile --with lint --extras test");
  expect(set("pdm.lock")).toContain("pdm sync -G lint -G test");
  expect(set("README.md")?.slice(-4)).toEqual(["-e", ".[test]", "--group", "lint"]);
  expect(set("README.md", "install: [a.txt]")?.slice(-2)).toEqual(["-r", "a.txt"]);
  expect(set("Pipfile.lock", "image: a")).toContain("pipenv sync --dev");
});

test("sources for a compiler are inputs of the set-up, which is done each time where they are built in place", () => {
  const build = (backend: string, more = "") => ({
    "pyproject.toml": `[build-system]\nrequires = []\nbuild-backend = "${backend}"\n[project]\nname = "fast"\n${more}`,
  });
  const set = (files: Record<string, string>) => toolchain("python", python, files);
  expect(set(build("maturin"))).toMatchObject({
    setupInputs: expect.arrayContaining(["**/*.rs", "**/Cargo.toml", "Cargo.lock"]),
    setupOutputs: [".venv"],
  });
  expect(set(build("maturin", '[tool.maturin]\npython-source = "python"\n')).setupOutputs).toEqual([]);
  expect(set(build("scikit_build_core.build")).setupInputs).toContain("**/CMakeLists.txt");
  const extension = { "setup.py": "setup(ext_modules=cythonize('a.pyx'))" };
  expect(set(extension)).toMatchObject({
    setupInputs: expect.arrayContaining(["**/*.pyx"]),
    setupOutputs: [],
  });
  expect(set({ ...extension, "requirements.txt": "-e .\n" }).setupOutputs).toEqual([]);
  const uv = set({ ...build("mesonpy"), "uv.lock": "" });
  expect(uv.setup.at(-1)).toContain("--reinstall-package fast");
});

test("a uv workspace is one environment, keyed by the manifests of its members", () => {
  const manifest = '[tool.uv.workspace]\nmembers = ["packages/*"]\n';
  const { setup, setupInputs } = toolchain("python", python, { "uv.lock": "", "pyproject.toml": manifest });
  expect(setup.at(-1)).toContain(" --all-packages ");
  expect(setupInputs).toContain("packages/*/pyproject.toml");
});

test("a manifest that only sets tools is nothing to install", () => {
  expect(toolchain("python", python, { "pyproject.toml": "[tool.ruff]\n" }).setup).toEqual([]);
});

test("pip's list in another language's toolchain is told", () => {
  const text = 'app: demo\ntoolchains:\n  node: { version: ">=20", install: [requirements.txt] }\n';
  expect(problemsIn(text).map(lineOf)).toEqual([
    "3:28 toolchains.node.install: got install, expected install only in a python toolchain",
  ]);
});
