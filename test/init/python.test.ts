import { expect, test } from "vitest";
import { forgotten } from "../../pipeline/init/leavings.ts";
import { said, look as writes } from "../support/init.ts";

function look(files: Record<string, string>): ReturnType<typeof writes> {
  const written = writes(files, "calc");
  expect(written.problems).toEqual([]);
  return written;
}

const code = { "calc/__init__.py": "", "tests/test_calc.py": "def test_it(): pass\n" };
const project = '[project]\nname = "calc"\nrequires-python = ">=3.11"\n';
const setuptools = '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n';

/** The toolchain that is written for these files, and the names of its linters. */
function python(files: Record<string, string>) {
  const { config } = look({ ...code, ...files });
  return {
    ...config.toolchains.python,
    lint: Object.keys(config.checks?.lint ?? {}),
    unit: config.checks?.unit,
  };
}

test("a group that uv leaves out is asked for where it brings a tool, with what it includes, and that is told", () => {
  const files = {
    ...code,
    "uv.lock": "",
    "pyproject.toml": `${project}[dependency-groups]\ndev = ["pytest", {include-group = "types"}]\ntypes = ["mypy"]\nlint = ["ruff"]\ndocs = ["mkdocs"]\n`,
  };
  const written = look(files);
  expect(written.config.toolchains.python.groups).toEqual(["lint"]);
  expect(Object.keys(written.config.checks.lint)).toEqual(["ruff", "mypy"]);
  expect(said(written, "guessed")).toEqual(
    expect.arrayContaining(["the set-up installs group lint as well", "the set-up leaves out group docs"]),
  );
  const all = `${files["pyproject.toml"]}[tool.uv]\ndefault-groups = "all"\n`;
  expect(python({ ...files, "pyproject.toml": all }).groups).toBeUndefined();
});

test("extras of setup.cfg, and literal ones of setup.py, are installed with the project", () => {
  const settings =
    "[metadata]\nname = calc\n[options]\npython_requires = >=3.9\ninstall_requires =\n    click>=8\n[options.extras_require]\ntest =\n    pytest>=7\n    pytest-cov\nlint =\n    flake8\ndocs = sphinx\n";
  expect(python({ "pyproject.toml": setuptools, "setup.cfg": settings })).toMatchObject({
    version: ">=3.9",
    install: [".[test,lint]"],
    lint: ["flake8"],
  });
  const script =
    'setup(name="calc", extras_require={"dev": ["pytest", "moto[s3]", "ruff"]}, python_requires=">=3.8")';
  expect(python({ "setup.py": script })).toMatchObject({
    version: ">=3.8",
    install: [".[dev]"],
    lint: ["ruff"],
  });
  const named =
    'REQUIRES = [\n    "moto[s3]>=5",  # [s3] for files\n    "pytest>=8",\n]\nsetup(install_requires=REQUIRES, python_requires=">=3.8")';
  const web = look({
    "calc/main.py": "app = FastAPI()\n",
    "setup.py": named.replace("moto[s3]>=5", "fastapi"),
  });
  expect(web.config.components.calc.build.run).toContain(" -c dist/calc/constraints.txt . &&");
  expect(python({ "setup.py": named }).unit).toMatchObject({ run: expect.stringContaining("pytest") });
  const more = look({ ...code, "setup.py": `${named}\nREQUIRES += extra()\n` });
  expect(said(more, "unknown")).toContain(
    "what setup.py requires: it says so in code that only running it would tell",
  );
  const computed = look({ ...code, "setup.py": "setup(extras_require=read_extras())" });
  expect(said(computed, "unknown")).toContain(
    "what setup.py requires: it says so in code that only running it would tell",
  );
});

test.each(["requirements_dev.txt", "dev-requirements.txt", "requirements/dev.txt", "requirements/ci.txt"])(
  "%s is installed with requirements.txt where it brings the tools",
  (name) => {
    const { install, lint, unit } = python({ "requirements.txt": "click\n", [name]: "pytest\r\nruff\r\n" });
    expect(install ?? ["by itself"]).toEqual(
      name.endsWith("ci.txt") ? ["requirements.txt", name] : ["by itself"],
    );
    expect(lint).toEqual(["ruff"]);
    expect(unit.run).toContain("python -m pytest");
  },
);

test("requirement files that no check needs are left out, and told; the project is there for what they do not name", () => {
  const written = look({
    ...code,
    "requirements-dev.txt": "pytest\n",
    "requirements-docs.txt": "sphinx\n",
    "pyproject.toml": `${setuptools}${project}dependencies = ["httpx"]\n`,
  });
  expect(written.config.toolchains.python.install).toEqual(["requirements-dev.txt", "."]);
  expect(said(written, "guessed")).toContain("the set-up leaves out requirements-docs.txt");
});

test("requirements for documents are not for work on the code, whatever else their name says", () => {
  const files = { "requirements/dev.txt": "pytest\n", "requirements/dev-docs.txt": "sphinx\n" };
  const written = look({ ...code, "requirements.txt": "click\n", ...files });
  // The set-up takes requirements.txt and requirements/dev.txt by itself.
  expect(written.config.toolchains.python.install).toBeUndefined();
  expect(said(written, "guessed")).toContain("the set-up leaves out requirements/dev-docs.txt");
});

test("tools that only tox installs are installed, and a hatch environment's extras with it", () => {
  const tox =
    "[tox]\nenvlist = py\n[testenv]\ndeps =\n    -r requirements.txt\n    pytest>=8\n    py39: mock\n[testenv:lint]\ndeps =\n    {[testenv]deps}\n    flake8\n[testenv:docs]\ndeps = sphinx\n";
  const found = python({ "pyproject.toml": `${project}${setuptools}`, "tox.ini": tox });
  expect(found).toMatchObject({ install: [".", "pytest>=8", "flake8"], lint: ["flake8"] });
  expect(found.unit.run).toContain("python -m pytest");
  const hatch = `${project}[project.optional-dependencies]\ncache = ["redis"]\ncharts = ["plotly"]\n[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n[tool.hatch.envs.default]\nfeatures = ["cache"]\ndependencies = ["pytest"]\n`;
  expect(python({ "pyproject.toml": hatch }).install).toEqual([".", "pytest", "redis"]);
});

test("a manifest with carriage returns is read like any other", () => {
  const text = `${setuptools}${project}[project.optional-dependencies]\ndev = ["pytest", "ruff"]\n`;
  const { install, lint } = python({ "pyproject.toml": text.replaceAll("\n", "\r\n") });
  expect(install).toBeUndefined();
  expect(lint).toEqual(["ruff"]);
});

test("an extra that names the project's other extras brings what they bring", () => {
  const text = `${setuptools}${project}[project.optional-dependencies]\nstyle = ["ruff"]\ndev = ["pytest", "calc[style]"]\n`;
  expect(python({ "pyproject.toml": text })).toMatchObject({ lint: ["ruff"] });
});

const poetry = `[tool.poetry]
name = "calc"
[tool.poetry.dependencies]
python = "^3.11"
[tool.poetry.group.dev.dependencies]
pytest = "^8.0"
black = { version = "~24.1", extras = ["d"] }
flake8 = "7.0.0"
isort = "*"
[tool.poetry.group.lint]
optional = true
[tool.poetry.group.lint.dependencies]
ruff = ">=0.5, <1"
[tool.poetry.group.docs]
optional = true
[tool.poetry.group.docs.dependencies]
mkdocs = "^1.5"
[build-system]
requires = ["poetry-core"]
build-backend = "poetry.core.masonry.api"
`;

test("poetry's optional groups, and its extras, are installed by name where they bring a tool", () => {
  const found = python({ "pyproject.toml": poetry, "poetry.lock": "" });
  expect(found.groups).toEqual(["lint"]);
  expect(found.lint).toEqual(["ruff", "flake8", "black", "isort"]);
  const extras = `${project}[project.optional-dependencies]\ntest = ["pytest"]\ncharts = ["plotly"]\n`;
  expect(python({ "pyproject.toml": extras, "poetry.lock": "" }).groups).toEqual(["test"]);
});

test("pdm installs an extra that its lock holds; of one that it does not hold nobody knows how", () => {
  const text = `${project}[project.optional-dependencies]\ntest = ["pytest"]\n[dependency-groups]\nlint = ["ruff"]\n`;
  const held = python({
    "pyproject.toml": text,
    "pdm.lock": '[metadata]\ngroups = ["default", "test", "lint"]\n',
  });
  expect(held).toMatchObject({ groups: ["test"], lint: ["ruff"] });
  const written = look({
    ...code,
    "pyproject.toml": text,
    "pdm.lock": '[metadata]\ngroups = ["default", "lint"]\n',
  });
  expect(written.config.checks.unit).toBeUndefined();
  expect(said(written, "unknown")).toContain("how extra test is installed: pdm.lock does not hold it");
});

test("poetry's constraints are pip's without a lock, and of optional groups those that bring a tool are installed", () => {
  const written = look({ ...code, "pyproject.toml": poetry });
  const { install } = written.config.toolchains.python;
  expect(install).toEqual([
    ".",
    "pytest>=8.0,<9",
    "black[d]>=24.1,<24.2",
    "flake8==7.0.0",
    "isort",
    "ruff>=0.5,<1",
  ]);
  expect(Object.keys(written.config.checks.lint)).toContain("ruff");
});

test.each([
  ["^1.2.3", ">=1.2.3,<2"],
  ["^0.2.3", ">=0.2.3,<0.3"],
  ["^0.0.3", ">=0.0.3,<0.0.4"],
  ["~1", ">=1,<2"],
  ["~=1.4", "~=1.4"],
  ["1.*", "==1.*"],
  [">= 1.0 , != 1.5", ">=1.0,!=1.5"],
])("poetry's %s is %s to pip", (written, expected) => {
  const manifest = `[tool.poetry]\nname = "calc"\npackage-mode = false\n[tool.poetry.dependencies]\npytest = "${written}"\n`;
  expect(python({ "pyproject.toml": manifest }).install).toEqual([`pytest${expected}`]);
});

test("a uv workspace is one project whose root runs the tests of its members", () => {
  const member = (name: string, needs = "") =>
    `${setuptools}[project]\nname = "${name}"\nrequires-python = ">=3.12"\ndependencies = [${needs}]\n`;
  const written = look({
    "uv.lock": "",
    "pyproject.toml":
      '[dependency-groups]\ndev = ["pytest", "pytest-cov", "mypy"]\n[tool.uv.workspace]\nmembers = ["packages/*"]\n',
    "packages/api/pyproject.toml": `${member("api", '"fastapi", "uvicorn", "core"')}[tool.uv.sources]\ncore = { workspace = true }\n`,
    "packages/api/src/api/__init__.py": "",
    "packages/api/src/api/main.py": "app = FastAPI()\n",
    "packages/api/tests/test_all.py": "",
    "packages/core/pyproject.toml": member("core"),
    "packages/core/src/core/__init__.py": "",
    "packages/core/tests/test_all.py": "",
  });
  const { toolchains, checks, components } = written.config;
  expect(toolchains).toEqual({ python: { version: ">=3.12" } });
  expect(checks.lint.mypy).toBe("mypy packages/api/src packages/core/src");
  expect(checks.unit.run).toContain("--import-mode=importlib");
  expect(checks.unit.run).toContain("--cov=packages/api/src --cov=packages/core/src");
  expect(Object.keys(components)).toEqual(["api"]);
  expect(components.api.build.run).toContain("constraints.txt . ../core");
  expect(said(written, "found")).toEqual(["Python (uv, 2 members of its workspace)"]);
});

test("Django's tests run by pytest where only its plug-in is named, and by manage.py where pytest would find none", () => {
  const django = { "manage.py": "", "orders/tests.py": "", "requirements.txt": "django\n" };
  const names = "[pytest]\npython_files = tests.py test_*.py\n";
  const plugged = { ...django, "requirements-dev.txt": "-r requirements.txt\npytest-django\n" };
  expect(look({ ...plugged, "pytest.ini": names }).config.checks.unit.run).toMatch(/^python -m pytest /);
  expect(look(django).config.checks.unit).toBe("python manage.py test");
  expect(look(plugged).config.checks.unit).toBe("python manage.py test");
});

test("Django's own runner has the settings that are named after tests, and manage.py migrates", () => {
  const django = {
    "manage.py": "",
    Procfile: "web: gunicorn desk.wsgi\n",
    "desk/settings/production.py": "",
    "desk/settings/test.py": "",
    "orders/tests.py": "",
    "accounts/tests/test_settings.py": "",
    "orders/migrations/0001_initial.py": "",
    "requirements.txt": "django\ngunicorn\n",
  };
  const written = look(django);
  expect(written.config.checks.unit).toBe("python manage.py test --settings=desk.settings.test");
  expect(said(written, "guessed")).toContain("Django's tests have the settings desk.settings.test");
  expect(written.config.environments.staging.migrate).toEqual({
    run: "python3 manage.py migrate --noinput",
    in: "calc",
  });
  expect(said(written, "unknown").join()).not.toContain("migrations by Django");
  const both = look({ ...django, "desk/settings_test.py": "" });
  expect(both.config.checks.unit).toBe("python manage.py test");
});

test("a Procfile's web is what its command comes to, and its further programs are told", () => {
  const written = look({
    ...code,
    "requirements.txt": "fastapi\nuvicorn\ncelery\n",
    Procfile:
      "web: alembic upgrade head && uvicorn calc.main:app --port ${PORT:-8000}\nworker: celery -A calc.tasks worker\nrelease: alembic upgrade head\n",
  });
  expect(written.config.components.calc.command).toBe("python3 -m uvicorn calc.main:app --port $PORT");
  const further = said(written, "unknown").filter((each) => each.includes("Procfile"));
  expect(further).toEqual([
    "worker of Procfile (`celery -A calc.tasks worker`), a further program of the same directory",
  ]);
});

test("a server does not watch its files in production: the image's command is taken, or the flags left out", () => {
  const files = {
    ...code,
    "requirements.txt": "uvicorn\n",
    "compose.yaml":
      "services:\n  app:\n    build: .\n    command: uvicorn calc:app --port 8000 --reload --reload-dir calc\n    ports: ['8000:8000']\n",
  };
  const alone = look(files);
  expect(alone.config.components.app.command).toBe("python3 -m uvicorn calc:app --port $PORT");
  expect(alone.text).toContain(
    "# guessed: the compose file starts it so, there with --reload --reload-dir calc\n",
  );
  const image =
    'FROM python:3.12\nEXPOSE 8000\nCMD ["uvicorn", "calc:app", "--port", "8000", "--workers", "4"]\n';
  expect(look({ ...files, Dockerfile: image }).config.components.app.command).toBe(
    "python3 -m uvicorn calc:app --port $PORT --workers 4",
  );
});

test("src that the code names as a package is one, and its modules hide none of Python's own", () => {
  const files = {
    "requirements.txt": "fastapi\nuvicorn\n",
    "src/main.py": "from src.core.logging import log\n\napp = FastAPI()\n",
    "src/core/logging.py": "",
  };
  const { calc } = look(files).config.components;
  expect(calc.command).toContain("uvicorn src.main:app ");
  expect(calc.env.PYTHONPATH).toBe("lib");
  const laid = look({ "requirements.txt": "fastapi\nuvicorn\n", "src/calc/main.py": "app = FastAPI()\n" });
  expect(laid.config.components.calc.command).toContain("uvicorn calc.main:app ");
  expect(laid.config.components.calc.env.PYTHONPATH).toBe("src:lib");
});

test("a script that is only called like a test is not run as one, unless pytest's own settings say where it looks", () => {
  const files = {
    "requirements.txt": "pytest\n",
    "calc/tests/test_calc.py": "",
    "tests/test_all.py": "",
    "tests/integration/test_db.py": "",
    "scripts/test_broker.py": "raise SystemExit(1)\n",
  };
  const written = look(files);
  expect(written.config.checks.unit.run).toBe(
    "python -m pytest calc tests --ignore=tests/integration --junitxml=reports/unit.xml",
  );
  expect(said(written, "guessed")).toContain(
    "pytest looks into calc, tests, and not at scripts/test_broker.py",
  );
  for (const settings of [
    { "pytest.ini": "[pytest]\ntestpaths = tests scripts\n" },
    { "pytest.toml": '[pytest]\ntestpaths = ["tests"]\n' },
    { "pyproject.toml": '[tool.pytest]\ntestpaths = ["tests"]\n' },
  ])
    expect(look({ ...files, ...settings }).config.checks.unit.run).toMatch(/^python -m pytest --ignore/);
});

test("a Procfile whose steps are more than preparation is taken as it stands", () => {
  const run = (web: string) =>
    look({ ...code, "requirements.txt": "flask\ngunicorn\n", Procfile: `web: ${web}\n` }).config.components
      .calc.command;
  expect(run("cd backend && gunicorn app:app")).toContain("cd backend &&");
  expect(run('gunicorn app:app --log-config "conf && x.ini"')).toContain("gunicorn app:app");
});

test("a list of setup.py with a long comment in it is read at once", () => {
  const script = `setup(install_requires=["flask",  ${"#".repeat(60)} core\n  *EXTRA,\n])\n`;
  expect(said(look({ ...code, "setup.py": script }), "unknown")).toContain(
    "what setup.py requires: it says so in code that only running it would tell",
  );
});

test("unittest begins in each directory of tests that is no package, and looks for the names that are there", () => {
  const own = "import unittest\n";
  const unit = (files: Record<string, string>) =>
    look({ "requirements.txt": "requests\n", ...files }).config.checks.unit;
  expect(unit({ "tests/__init__.py": "", "tests/test_a.py": own })).toBe("python -m unittest discover");
  expect(unit({ "tests/test_a.py": own, "test_b.py": own })).toBe(
    "python -m unittest discover && python -m unittest discover -s tests",
  );
  expect(unit({ "test_b.py": own, "scripts/test_connection.py": own, "tests/test_c.py": "" })).toBe(
    "python -m unittest discover",
  );
  const deep = { "tests/__init__.py": "", "tests/unit/test_a.py": own, "tests/unit/risk_test.py": own };
  expect(unit(deep)).toBe(
    "python -m unittest discover -s tests/unit -p '*_test.py' && python -m unittest discover -s tests/unit",
  );
});

test("a version that the root, setup.cfg or a Pipfile names is no guess", () => {
  const root = look({
    ".python-version": "3.12.4\n",
    "backend/requirements.txt": "",
    "backend/test_a.py": "",
  });
  expect(root.config.toolchains.python.version).toBe(">=3.12");
  expect(said(root, "guessed").filter((each) => each.startsWith("Python"))).toEqual([]);
  expect(python({ Pipfile: '[packages]\n[requires]\npython_version = "3.13"\n' }).version).toBe(">=3.13");
});

test("a Pipfile is read: by its lock, or else by pip with the versions that it names", () => {
  const pipfile = '[packages]\nflask = "*"\n[dev-packages]\npytest = ">=8"\nflake8 = "*"\n';
  const locked = look({ ...code, Pipfile: pipfile, "Pipfile.lock": "{}" });
  expect(locked.config.toolchains.python.install).toBeUndefined();
  expect(locked.sayings[0]).toEqual({ kind: "found", what: "Python (pipenv)", where: "Pipfile.lock" });
  expect(locked.config.checks.unit.run).toContain("python -m pytest");
  expect(python({ Pipfile: pipfile })).toMatchObject({
    install: ["flask", "pytest>=8", "flake8"],
    lint: ["flake8"],
  });
});

test("a manifest that only sets tools makes no project of setuptools of what pip installs", () => {
  const written = look({
    ...code,
    "requirements.txt": "click\n",
    "requirements-dev.txt": "pytest\nruff\n",
    "pyproject.toml": "[tool.ruff]\nline-length = 100\n",
  });
  expect(written.sayings[0]).toEqual({ kind: "found", what: "Python (pip)", where: "requirements.txt" });
  expect(written.config.toolchains.python.install).toBeUndefined();
});

test("a manifest that is no TOML is told with the reason and the line, and is nothing found", () => {
  const written = look({ "pyproject.toml": '[project]\nname = "x"\n[tool\n', "a.py": "" });
  expect(said(written, "found")).toEqual([]);
  expect(said(written, "unknown")[0]).toMatch(
    /^what pyproject.toml says: it cannot be read: line 3, column \d+: ./,
  );
});

test("isort, pyright, bandit and pylint are linters like the others", () => {
  const tools = `${setuptools}${project}[project.optional-dependencies]\ndev = ["pytest", "isort", "pyright", "bandit", "pylint"]\n[tool.pyright]\ninclude = ["calc"]\n[tool.bandit]\nskips = ["B101"]\n`;
  const written = look({ ...code, "pyproject.toml": tools });
  expect(written.config.checks.lint).toEqual({
    isort: "isort --check-only calc tests",
    pylint: "pylint calc",
    bandit: "bandit -q -r calc -c pyproject.toml",
    pyright: "pyright",
  });
  expect(said(written, "guessed")).toContain("pyright as a linter");
});

test("tools that only run before commits are told, with what makes them checks", () => {
  const written = look({
    ...code,
    "requirements.txt": "pytest\n",
    ".pre-commit-config.yaml":
      "repos:\n  - repo: a\n    hooks: [{id: ruff-format}]\n  - repo: b\n    hooks: [{id: mypy}]\n",
  });
  expect(written.config.checks.lint).toBeUndefined();
  expect(said(written, "unknown").filter((each) => each.includes(".pre-commit-config.yaml"))).toEqual([
    "ruff runs before commits in the repository (.pre-commit-config.yaml), but no dependency brings it",
    "mypy runs before commits in the repository (.pre-commit-config.yaml), but no dependency brings it",
  ]);
});

test("caches of the tools are among what git should ignore, unless a pattern already does", () => {
  const { text } = look({ ...code, "requirements.txt": "pytest\nmypy\nruff\n" });
  expect(forgotten(".bellwether/\n", text)).toEqual([
    ".venv/",
    ".mypy_cache/",
    ".ruff_cache/",
    ".pytest_cache/",
    "reports/",
  ]);
  expect(forgotten("/.bellwether\r\n**/.venv/\n.*_cache\nreports\n", text)).toEqual([]);
});

test("an extension that is built beside its sources is told to be built in each run", () => {
  const build = '[build-system]\nrequires = ["maturin>=1.5"]\nbuild-backend = "maturin"\n';
  const mixed = look({
    ...code,
    "pyproject.toml": `${build}${project}[tool.maturin]\npython-source = "python"\n`,
  });
  expect(said(mixed, "found")[0]).toBe("Python (maturin)");
  expect(said(mixed, "guessed")).toContain("the set-up is done anew in each run");
  const plain = look({ "pyproject.toml": `${build}${project}`, "tests/test_calc.py": "" });
  expect(said(plain, "guessed")).not.toContain("the set-up is done anew in each run");
});
