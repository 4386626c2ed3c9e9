import type { Command } from "./config.ts";
import { below, type CheckoutFacts, registryAccess, type ToolchainDefaults } from "./toolchain-defaults.ts";
import { namesRepository, namesSources, pythonImage } from "./toolchain-images.ts";

/** Requirement files by the names that people give them, those for running first. */
export const requirementFiles = [
  "requirements.txt",
  "requirements-dev.txt",
  "requirements-test.txt",
  "dev-requirements.txt",
  "test-requirements.txt",
  "requirements/dev.txt",
  "requirements/test.txt",
];

type Written = { probe?: string[] | undefined; version: string; install?: string[] | undefined };

/**
 * Python in a virtual environment `.venv` of its directory, filled by uv, poetry or pdm where their lock is there, else
 * by pip from `install` or the requirement files that are found.
 */
export function pythonDefaults(directory: string, written: Written, facts: CheckoutFacts): ToolchainDefaults {
  const at = below(directory);
  const has = (name: string) => facts.has(at(name));
  const probe = written.probe ?? ["python3", "--version"];
  const filled = filling(written.install, has, () => workExtras(facts.text(at("pyproject.toml")) ?? ""));
  const venv: Command = [probe[0] ?? "python3", "-m", "venv", "--clear", ".venv"];
  return {
    image: pythonImage(
      written.version,
      needsTools(written.install, has, (name) => facts.text(at(name))),
    ),
    probe,
    setup: filled === null ? [] : [venv, ...filled.commands],
    inputs: filled === null ? [] : [...filled.inputs, "pyproject.toml", "setup.py", "setup.cfg"].map(at),
    outputs: filled === null ? [] : [at(".venv")],
    caches: [],
    path: [at(".venv/bin"), at(".venv/tools/bin")],
    // Byte code beside the sources would be a change of the step's own inputs.
    environment: { PYTHONDONTWRITEBYTECODE: "1" },
    pass: {
      steps: [],
      setup: [
        ...registryAccess,
        "PIP_INDEX_URL",
        "PIP_EXTRA_INDEX_URL",
        "PIP_CONFIG_FILE",
        "PIP_CERT",
        "REQUESTS_CA_BUNDLE",
        "UV_DEFAULT_INDEX",
        "UV_INDEX_URL",
      ],
    },
  };
}

type Filling = { commands: Command[]; inputs: string[] };

function filling(
  install: string[] | undefined,
  has: (name: string) => boolean,
  extras: () => string[],
): Filling | null {
  if (install === undefined) {
    if (has("uv.lock"))
      return locked(
        "uv",
        `UV_COMPILE_BYTECODE=1 uv sync --frozen --inexact${extras()
          .map((each) => ` --extra ${each}`)
          .join("")} --python .venv/bin/python`,
        "uv.lock",
      );
    if (has("poetry.lock"))
      return locked(
        "poetry",
        'VIRTUAL_ENV="$PWD/.venv" poetry install --no-interaction --compile',
        "poetry.lock",
      );
    if (has("pdm.lock")) return locked("pdm", 'VIRTUAL_ENV="$PWD/.venv" pdm sync', "pdm.lock");
  }
  const wanted = install ?? found(has, extras);
  if (wanted.length === 0) return null;
  const words = wanted.flatMap(wordsOf);
  return {
    commands: [[".venv/bin/python", "-m", "pip", "install", "--disable-pip-version-check", ...words]],
    inputs: ["*requirements*.txt", "requirements/**", "constraints*.txt", ...wanted.filter(has)],
  };
}

function found(has: (name: string) => boolean, extras: () => string[]): string[] {
  const files = requirementFiles.filter(has);
  if (files.length > 0) return files;
  if (!has("pyproject.toml") && !has("setup.py")) return [];
  const wanted = extras();
  return [wanted.length === 0 ? "." : `.[${wanted.join(",")}]`];
}

const isRequirementFile = (wanted: string): boolean => /\.(txt|in)$/.test(wanted);

/** A requirement file, a project by its path, or a package by its name. */
function wordsOf(wanted: string): string[] {
  if (isRequirementFile(wanted)) return ["-r", wanted];
  return /^\.|\//.test(wanted) ? ["-e", wanted] : [wanted];
}

/** Extras of a project (the table of optional dependencies, PEP 621) that are for working on it. */
function workExtras(manifest: string): string[] {
  const table = /^\[project\.optional-dependencies\]\n((?:(?!\[)[^\n]*\n?)*)/m.exec(manifest)?.[1] ?? "";
  return [...table.matchAll(/^["']?([\w.-]+)["']?\s*=/gm)]
    .map(([, name]) => name ?? "")
    .filter((name) => /^(dev|develop|development|tests?|testing|lint|linting|qa)$/.test(name));
}

/** The manager of a lock: the machine's own, or else one beside the project's packages, apart from them. */
function locked(manager: string, sync: string, lock: string): Filling {
  const provide = `command -v ${manager} >/dev/null 2>&1 || { .venv/bin/python -m venv .venv/tools && .venv/tools/bin/python -m pip install --quiet --disable-pip-version-check ${manager}; }`;
  return { commands: [provide, sync], inputs: [lock] };
}

/** Whether what is to be installed asks for git or for a compiler, as far as the project itself names it. */
function needsTools(
  install: string[] | undefined,
  has: (name: string) => boolean,
  text: (name: string) => string | null,
): boolean {
  const files = install?.filter(isRequirementFile) ?? [...requirementFiles, "pyproject.toml", "setup.py"];
  const all = [...(install ?? []), ...files.filter(has).map((file) => text(file) ?? "")];
  return all.some((one) => namesRepository(one) || namesSources(one));
}
