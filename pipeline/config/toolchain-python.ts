import { shellWord } from "../shell-word.ts";
import type { Command } from "./config.ts";
import { below, type CheckoutFacts, registryAccess, type ToolchainDefaults } from "./toolchain-defaults.ts";
import { namesRepository, namesSources, pythonImage } from "./toolchain-images.ts";
import { forWork, type PythonManifest, readManifest } from "./toolchain-python-manifest.ts";

/** Requirement files by the names that people give them, those for running first. */
export const requirementFiles = [
  "requirements.txt",
  "requirements-dev.txt",
  "requirements-test.txt",
  "requirements_dev.txt",
  "requirements_test.txt",
  "dev-requirements.txt",
  "test-requirements.txt",
  "dev_requirements.txt",
  "test_requirements.txt",
  "requirements/dev.txt",
  "requirements/test.txt",
];

type Written = {
  probe?: string[] | undefined;
  version: string;
  install?: string[] | undefined;
  groups?: string[] | undefined;
};

/**
 * Python in a virtual environment `.venv` of its directory, filled by uv, poetry, pdm or pipenv where their lock is
 * there, else by pip from `install` or the requirement files that are found.
 */
export function pythonDefaults(directory: string, written: Written, facts: CheckoutFacts): ToolchainDefaults {
  const at = below(directory);
  const has = (name: string) => facts.has(at(name));
  const text = (name: string) => (has(name) ? facts.text(at(name)) : null);
  const probe = written.probe ?? ["python3", "--version"];
  const manifest = readManifest(text, has);
  const filled = filling(written, has, manifest);
  // The former environment stands before PATH: its interpreter would make the new one after its own, or link to itself.
  const venv: Command = `rm -rf .venv && ${shellWord(probe[0] ?? "python3")} -m venv .venv`;
  const inputs = filled === null ? [] : [...filled.inputs, "pyproject.toml", "setup.py", "setup.cfg"];
  // Requirements may name the project itself, so any set-up can hold it.
  const native = filled === null ? null : manifest.native;
  return {
    image: pythonImage(
      written.version,
      needsTools(written.install, has, (name) => facts.text(at(name))),
    ),
    probe,
    setup: filled === null ? [] : [venv, ...filled.commands],
    inputs: [...inputs, ...(native?.inputs ?? [])].map(at),
    // What is built beside its sources no hit would bring back, and an older one would be tested: it is built each time.
    outputs: filled === null || native?.inside === false ? [] : [at(".venv")],
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
  { install, groups = [] }: Written,
  has: (name: string) => boolean,
  manifest: PythonManifest,
): Filling | null {
  if (install === undefined) {
    if (has("uv.lock")) return byUv(groups, manifest);
    const extras = groups.filter((each) => manifest.extras.includes(each));
    const others = groups.filter((each) => !extras.includes(each));
    if (has("poetry.lock")) {
      const wanted = [
        ...others.map((each) => ` --with ${each}`),
        ...extras.map((each) => ` --extras ${each}`),
      ];
      return locked(
        "poetry",
        `VIRTUAL_ENV="$PWD/.venv" poetry install --no-interaction --compile${wanted.join("")}`,
        ["poetry.lock"],
      );
    }
    if (has("pdm.lock"))
      return locked(
        "pdm",
        `VIRTUAL_ENV="$PWD/.venv" pdm sync${groups.map((each) => ` -G ${each}`).join("")}`,
        ["pdm.lock"],
      );
    if (has("Pipfile.lock"))
      return locked("pipenv", 'VIRTUAL_ENV="$PWD/.venv" pipenv sync --dev', ["Pipfile", "Pipfile.lock"]);
  }
  return byPip(install, groups, has, manifest);
}

function byUv(groups: string[], { extras, members, name, native }: PythonManifest): Filling {
  const words = [
    "UV_COMPILE_BYTECODE=1 uv sync --frozen --inexact",
    ...(members.length > 0 ? ["--all-packages"] : []),
    ...extras.filter((each) => forWork(each) || groups.includes(each)).map((each) => `--extra ${each}`),
    ...groups.filter((each) => !extras.includes(each)).map((each) => `--group ${each}`),
    // uv knows a project that it built before by its manifest alone.
    ...(native !== null && name !== null ? [`--reinstall-package ${name}`] : []),
    "--python .venv/bin/python",
  ];
  const manifests = members.map((each) => `${each.replace(/\/$/, "")}/pyproject.toml`);
  return locked("uv", words.join(" "), ["uv.lock", ...manifests]);
}

function byPip(
  install: string[] | undefined,
  groups: string[],
  has: (name: string) => boolean,
  manifest: PythonManifest,
): Filling | null {
  const extras = manifest.extras.filter((each) => groups.includes(each));
  const wanted = [
    ...(install ?? found(has, manifest, groups)),
    ...(install !== undefined && extras.length > 0 ? [`.[${extras.join(",")}]`] : []),
  ];
  if (wanted.length === 0) return null;
  const words = [
    ...wanted.flatMap(wordsOf),
    ...groups.filter((each) => !extras.includes(each)).flatMap((each) => ["--group", each]),
  ];
  return {
    commands: [[".venv/bin/python", "-m", "pip", "install", "--disable-pip-version-check", ...words]],
    inputs: ["*requirements*.txt", "requirements/**", "constraints*.txt", ...wanted.filter(has)],
  };
}

function found(has: (name: string) => boolean, manifest: PythonManifest, groups: string[]): string[] {
  const files = requirementFiles.filter(has);
  if (files.length > 0) return files;
  if (!manifest.installable) return [];
  const wanted = manifest.extras.filter((each) => forWork(each) || groups.includes(each));
  return [wanted.length === 0 ? "." : `.[${wanted.join(",")}]`];
}

const isRequirementFile = (wanted: string): boolean => /\.(txt|in)$/.test(wanted);

/** A requirement file, a project by its path, or a package by its name. */
function wordsOf(wanted: string): string[] {
  if (isRequirementFile(wanted)) return ["-r", wanted];
  return /^\.|^[^@:]*\//.test(wanted) ? ["-e", wanted] : [wanted];
}

/** The manager of a lock: the machine's own, or else one beside the project's packages, apart from them. */
function locked(manager: string, sync: string, inputs: string[]): Filling {
  const provide = `command -v ${manager} >/dev/null 2>&1 || { .venv/bin/python -m venv .venv/tools && .venv/tools/bin/python -m pip install --quiet --disable-pip-version-check ${manager}; }`;
  return { commands: [provide, sync], inputs };
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
