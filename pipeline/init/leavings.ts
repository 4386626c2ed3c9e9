import picomatch from "picomatch";

/** What runs leave behind, and what of a configuration says that they do. */
const leavings: [name: string, tied: RegExp][] = [
  [".bellwether/", /^/],
  [".venv/", /\bpython\b/],
  // A check whose own cache is new among its inputs is never kept.
  [".mypy_cache/", /\bmypy\b/],
  [".ruff_cache/", /\bruff\b/],
  [".pytest_cache/", /\bpytest\b/],
  [".coverage", /--cov\b/],
  ["node_modules/", /\bnode:/],
  ["target/", /cargo/],
  ["dist/", /\bdist\b/],
  ["artifact/", /\bartifact\/?$/m],
  ["reports/", /reports\//],
];

/** What runs leave behind that git would show as new files. */
export function forgotten(gitignore: string, config: string): string[] {
  const lines = gitignore
    .split(/\r?\n/)
    .map((line) =>
      line
        .trim()
        .replace(/^(\*\*)?\//, "")
        .replace(/\/$/, ""),
    )
    .filter((line) => line !== "" && !/^[#!]/.test(line));
  const ignored = lines.map((line) => picomatch(line, { dot: true }));
  return leavings
    .filter(([name, tied]) => tied.test(config) && !ignored.some((is) => is(name.replace(/\/$/, ""))))
    .map(([name]) => name);
}
