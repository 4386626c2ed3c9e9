import { parse as parseToml } from "smol-toml";

/** What pyproject.toml and setup.py tell of how a project is installed. */
export type PythonManifest = {
  /** The project's name where it can stand in a command, or null. */
  name: string | null;
  /** Names of optional dependencies (PEP 621, or poetry's own). */
  extras: string[];
  /** Globs of directories of a uv workspace's members. */
  members: string[];
  /** Whether pip can make something of the directory; a manifest that only sets tools is none. */
  installable: boolean;
  /** How its sources for a compiler become part of it; null: there are none. */
  native: Native | null;
};

/** `inside`: what is built lies in the environment, even where the project is installed in place. */
export type Native = { inputs: string[]; inside: boolean };

type Table = Record<string, unknown>;

const isTable = (value: unknown): value is Table =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function tableAt(value: unknown, ...keys: string[]): Table {
  let found: unknown = value;
  for (const key of keys) found = isTable(found) ? found[key] : undefined;
  return isTable(found) ? found : {};
}

const textsOf = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((each) => typeof each === "string") : [];

/** What the files beside the code say; `text` gives null for one that is not there. */
export function readManifest(
  text: (path: string) => string | null,
  has: (path: string) => boolean,
): PythonManifest {
  const manifest = text("pyproject.toml");
  const script = text("setup.py");
  const read = tomlOf(manifest);
  const own = tableAt(read, "project");
  const poetry = tableAt(read, "tool", "poetry");
  const name = own.name ?? poetry.name;
  const isName = typeof name === "string" && /^[A-Za-z0-9][\w.-]*$/.test(name);
  return {
    name: isName ? name : null,
    extras: [
      ...Object.keys(tableAt(own, "optional-dependencies")),
      ...Object.keys(tableAt(poetry, "extras")),
    ].filter((each) => /^[\w.-]+$/.test(each)),
    members: textsOf(tableAt(read, "tool", "uv", "workspace").members),
    // What cannot be read is left to pip, which says why.
    installable:
      script !== null ||
      (manifest !== null && read === null) ||
      [own, poetry, tableAt(read, "build-system")].some((each) => Object.keys(each).length > 0) ||
      (manifest !== null && /^\[metadata\]/m.test(text("setup.cfg") ?? "")),
    native: nativeOf(read ?? {}, script ?? "", has),
  };
}

function tomlOf(text: string | null): Table | null {
  try {
    return parseToml(text ?? "");
  } catch {
    return null;
  }
}

/** Extras that are for working on a project. */
export const forWork = (name: string): boolean =>
  /^(dev|develop|development|tests?|testing|lint|linting|qa)$/.test(name);

const rust = ["**/*.rs", "**/Cargo.toml", "Cargo.lock", "**/Cargo.lock"];
const c = ["c", "cc", "cpp", "cxx", "h", "hh", "hpp", "pyx", "pxd", "pxi", "f90"].map((end) => `**/*.${end}`);
const cmake = ["**/CMakeLists.txt", "**/*.cmake"];
const meson = ["**/meson.build", "**/meson.options", "**/meson_options.txt"];

/** Packages that a build asks for where it compiles. */
const compilers = /^(cython|setuptools[-_]rust|scikit-build|pybind11|nanobind|cffi|hatch-cython|numpy)\b/i;

function nativeOf(manifest: Table, script: string, has: (path: string) => boolean): Native | null {
  const build = tableAt(manifest, "build-system");
  const backend = typeof build["build-backend"] === "string" ? build["build-backend"] : "";
  if (backend === "maturin") return { inputs: rust, inside: !besideSources(manifest, has) };
  if (backend.startsWith("scikit_build_core"))
    return {
      inputs: [...c, ...cmake],
      inside: tableAt(manifest, "tool", "scikit-build", "editable").mode !== "inplace",
    };
  if (backend === "mesonpy") return { inputs: [...c, ...meson], inside: false };
  const compiles =
    textsOf(build.requires).some((each) => compilers.test(each.trim())) ||
    "ext-modules" in tableAt(manifest, "tool", "setuptools") ||
    /\b(ext_modules|cythonize|rust_extensions|cffi_modules)\b/.test(script);
  return compiles ? { inputs: [...c, ...cmake, ...rust], inside: false } : null;
}

/** maturin puts what it builds among a package's Python sources, where there are such. */
function besideSources(manifest: Table, has: (path: string) => boolean): boolean {
  const { "module-name": named, "python-source": source } = tableAt(manifest, "tool", "maturin");
  const { name } = tableAt(manifest, "project");
  const wanted = typeof named === "string" ? named : typeof name === "string" ? name : "";
  const module = (wanted.split(".")[0] ?? "").replaceAll("-", "_");
  return source !== undefined || (module !== "" && has(`${module}/__init__.py`));
}
