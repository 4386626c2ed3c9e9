/** A small project as its people would have made it; `prepare` makes its lock. */
export type Sample = { files: Record<string, string>; prepare: string[] };

const gitignore =
  ".bellwether/\n.mypy_cache/\n.venv/\n__pycache__/\n.coverage\nreports/\ndist/\nbuild/\nnode_modules/\ntarget/\n.svelte-kit/\n";

const core = "def add(a: int, b: int) -> int:\n    return a + b\n";
const coreTest = "from calc.core import add\n\n\ndef test_add():\n    assert add(1, 2) == 3\n";

const python = (pyproject: string, place = "src/calc"): Record<string, string> => ({
  ".gitignore": gitignore,
  "pyproject.toml": pyproject,
  [`${place}/__init__.py`]: "",
  [`${place}/core.py`]: core,
  "tests/test_core.py": coreTest,
});

const project = `[project]
name = "calc"
version = "0.1.0"
requires-python = ">=3.10,<4"
dependencies = ["packaging"]
`;

const built = (backend: string, needs: string): string =>
  `[build-system]\nrequires = ["${needs}"]\nbuild-backend = "${backend}"\n`;

/** A lock by a manager that is no part of the machine. */
const lockedBy = (manager: string, command: string): string[] => [
  `python3 -m venv .manager && .manager/bin/python -m pip install --quiet --disable-pip-version-check ${manager}`,
  `.manager/bin/${command} && rm -rf .manager`,
];

export const setuptools: Sample = {
  files: python(
    `${built("setuptools.build_meta", "setuptools>=61")}${project}
[project.optional-dependencies]
dev = ["pytest", "ruff", "mypy"]

[tool.ruff]
line-length = 100
`,
  ),
  prepare: [],
};

export const hatch: Sample = {
  files: python(
    `${built("hatchling.build", "hatchling")}${project}
[tool.hatch.envs.default]
dependencies = ["pytest"]
`,
  ),
  prepare: [],
};

export const uv: Sample = {
  files: python(
    `${built("hatchling.build", "hatchling")}${project}
[dependency-groups]
dev = ["pytest", "ruff"]
`,
  ),
  prepare: lockedBy("uv", "uv lock --quiet"),
};

/** No package of others: poetry asks for more than every mirror of packages can answer. */
export const poetry: Sample = {
  files: {
    ...python(
      `${built("poetry.core.masonry.api", "poetry-core")}
[tool.poetry]
name = "calc"
version = "0.1.0"
description = "adds"
authors = []

[tool.poetry.dependencies]
python = "^3.10"
`,
      "calc",
    ),
    "tests/__init__.py": "",
    "tests/test_core.py":
      "import unittest\n\nfrom calc.core import add\n\n\nclass Core(unittest.TestCase):\n    def test_add(self):\n        self.assertEqual(add(1, 2), 3)\n",
  },
  prepare: lockedBy("poetry", "poetry lock --quiet"),
};

export const pdm: Sample = {
  files: python(
    `${built("pdm.backend", "pdm-backend")}${project}
[tool.pdm.dev-dependencies]
test = ["pytest"]
`,
  ),
  prepare: lockedBy("pdm", "pdm lock --quiet"),
};

const compose = `services:
  db:
    image: postgres:15-alpine
    environment:
      POSTGRES_DB: trading
      POSTGRES_USER: \${POSTGRES_USER:-trader}
      POSTGRES_PASSWORD: \${POSTGRES_PASSWORD:?set it}
  backend:
    build: ./backend
    ports: ["8000:8000"]
    environment:
      - DATABASE_URL=postgresql+psycopg://trader@db:5432/trading
      - POSTGRES_HOST=db
  frontend:
    build: { context: ./frontend }
`;

const manifest = `apiVersion: apps/v1
kind: Deployment
metadata: { name: backend }
spec:
  template:
    spec:
      containers:
        - name: backend
          image: ghcr.io/acme/backend:1
          ports: [{ containerPort: 8000 }]
          livenessProbe: { httpGet: { path: /health, port: 8000 } }
          readinessProbe: { httpGet: { path: /health, port: 8000 } }
`;

const web = (type: "module" | "commonjs", more: object) =>
  `${JSON.stringify({ name: "web", version: "1.0.0", private: true, type, ...more }, null, 2)}\n`;

/** Back end, front end, PostgreSQL, alembic and Kubernetes in one repository. */
export const platform: Sample = {
  files: {
    ".gitignore": gitignore,
    "docker-compose.yml": compose,
    "k8s/backend.yaml": manifest,
    ".env.example": "JWT_SECRET=changeme\nLOG_LEVEL=info\n",
    "backend/requirements.txt": "fastapi\nuvicorn\npsycopg[binary]\nalembic\nsqlalchemy\n",
    "backend/requirements-dev.txt": "-r requirements.txt\nflake8\nblack\npytest\npytest-cov\n",
    "backend/Dockerfile":
      'FROM python:3.11-slim AS build\nRUN pip install -r requirements.txt\n\nFROM python:3.11-slim\nEXPOSE 8000\nCMD ["uvicorn", "app.main:app", "--host", "0.0.0.0", "--port", "8000"]\n',
    "backend/app/__init__.py": "",
    "backend/app/main.py":
      'from fastapi import FastAPI\n\napp = FastAPI()\n\n\n@app.get("/health")\ndef health():\n    return {"ok": True}\n',
    "backend/tests/unit/test_main.py":
      'from app.main import health\n\n\ndef test_health():\n    assert health() == {"ok": True}\n',
    "backend/tests/integration/test_database.py":
      'import os\n\nimport psycopg\n\n\ndef test_database():\n    address = os.environ["DATABASE_URL"].replace("+psycopg", "")\n    with psycopg.connect(address) as database:\n        assert database.execute("select 1").fetchone() == (1,)\n',
    "backend/alembic.ini": "[alembic]\nscript_location = alembic\n",
    "backend/alembic/env.py":
      'import os\n\nfrom alembic import context\nfrom sqlalchemy import create_engine\n\nwith create_engine(os.environ["DATABASE_URL"]).connect() as connection:\n    context.configure(connection=connection)\n    with context.begin_transaction():\n        context.run_migrations()\n',
    "frontend/package.json": web("module", {
      packageManager: "pnpm@9.15.9",
      pnpm: { onlyBuiltDependencies: ["esbuild"] },
      scripts: { dev: "vite", build: "vite build", lint: "eslint .", test: "vitest" },
      devDependencies: { vite: "^7", vitest: "^3", eslint: "^9", "@eslint/js": "^9" },
    }),
    "frontend/eslint.config.js":
      'import js from "@eslint/js";\n\nexport default [{ ignores: ["dist"] }, js.configs.recommended];\n',
    "frontend/index.html": '<!doctype html><script type="module" src="/src/main.js"></script>\n',
    "frontend/src/main.js": "export const add = (a, b) => a + b;\n",
    "frontend/src/main.test.js":
      'import { expect, test } from "vitest";\nimport { add } from "./main.js";\n\ntest("adds", () => expect(add(1, 2)).toBe(3));\n',
  },
  prepare: ["cd frontend && npx --yes pnpm@9.15.9 install --lockfile-only --silent"],
};

/** Three npm workspaces, of which one is started. */
export const workspaces: Sample = {
  files: {
    ".gitignore": gitignore,
    "package.json": web("commonjs", {
      workspaces: ["packages/*"],
      scripts: { test: "node --test packages" },
    }),
    "packages/api/package.json": web("module", {
      name: "@web/api",
      scripts: { start: "node src/server.js" },
    }),
    "packages/api/src/server.js":
      'import { createServer } from "node:http";\n\ncreateServer((_request, answer) => answer.end("ok")).listen(process.env.PORT);\n',
    "packages/sum/package.json": web("module", { name: "@web/sum" }),
    "packages/sum/sum.js": "export const sum = (a, b) => a + b;\n",
    "packages/sum/sum.test.js":
      'import { equal } from "node:assert";\nimport { test } from "node:test";\nimport { sum } from "./sum.js";\n\ntest("adds", () => equal(sum(1, 2), 3));\n',
  },
  prepare: ["npm install --package-lock-only --silent --no-audit"],
};

const svelteFiles = {
  ".gitignore": gitignore,
  "svelte.config.js":
    'import adapter from "@sveltejs/adapter-node";\n\nexport default { kit: { adapter: adapter() } };\n',
  "vite.config.js":
    'import { sveltekit } from "@sveltejs/kit/vite";\nimport { defineConfig } from "vite";\n\nexport default defineConfig({ plugins: [sveltekit()] });\n',
  "src/app.html": "<!doctype html><head>%sveltekit.head%</head><body>%sveltekit.body%</body>\n",
  "src/routes/+page.svelte": "<h1>Quotes</h1>\n",
};

/** SvelteKit with pnpm and svelte-check, served by adapter-node. */
export const svelte: Sample = {
  files: {
    ...svelteFiles,
    "package.json": web("module", {
      packageManager: "pnpm@9.15.9",
      scripts: { dev: "vite dev", build: "vite build", check: "svelte-kit sync && svelte-check" },
      devDependencies: {
        "@sveltejs/adapter-node": "^5",
        "@sveltejs/kit": "^2",
        "@sveltejs/vite-plugin-svelte": "^6",
        svelte: "^5",
        "svelte-check": "^4",
        typescript: "^5",
        vite: "^7",
      },
      pnpm: { onlyBuiltDependencies: ["esbuild"] },
    }),
  },
  prepare: ["npx --yes pnpm@9.15.9 install --lockfile-only --silent"],
};

/** A yarn (classic) project with a server that nothing builds. */
export const yarn: Sample = {
  files: {
    ".gitignore": gitignore,
    "package.json": web("module", {
      scripts: { start: "node src/server.js", test: "node --test test" },
      dependencies: { ms: "2.1.3" },
    }),
    "src/server.js":
      'import { createServer } from "node:http";\nimport ms from "ms";\n\ncreateServer((_request, answer) => answer.end(ms(1000))).listen(process.env.PORT);\n',
    "test/ms.test.js":
      'import { equal } from "node:assert";\nimport { test } from "node:test";\nimport ms from "ms";\n\ntest("writes a second", () => equal(ms(1000), "1s"));\n',
  },
  prepare: [
    "npx --yes yarn@1.22.22 install --silent --non-interactive && sed -i '/^  resolved /d' yarn.lock && rm -rf node_modules",
  ],
};

const crate = (name: string, more = ""): string =>
  `[package]\nname = "${name}"\nversion = "0.1.0"\nedition = "2021"\n${more}`;

/** A workspace of a library with tests of its own and outside, and a binary. */
export const rust: Sample = {
  files: {
    ".gitignore": gitignore,
    "Cargo.toml": '[workspace]\nmembers = ["market-data", "risk"]\nresolver = "2"\n',
    "market-data/Cargo.toml": crate("market-data", 'rust-version = "1.70"\n'),
    "market-data/src/main.rs": 'fn main() {\n    println!("ready");\n}\n',
    "risk/Cargo.toml": crate("risk"),
    "risk/src/lib.rs":
      "pub fn allowed(size: u32) -> bool {\n    size <= 10\n}\n\n#[test]\nfn ten_is_allowed() {\n    assert!(allowed(10));\n}\n",
    "risk/tests/limits.rs": "#[test]\nfn eleven_is_too_much() {\n    assert!(!risk::allowed(11));\n}\n",
  },
  prepare: ["cargo generate-lockfile --quiet"],
};

export const samples: Record<string, Sample> = {
  setuptools,
  hatch,
  uv,
  poetry,
  pdm,
  platform,
  workspaces,
  svelte,
  yarn,
  rust,
};
