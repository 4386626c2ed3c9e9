import { posix } from "node:path";
import { validRange } from "semver";
import { at, type Repository, tableAt, textOf, tomlAt } from "../repository.ts";
import { scriptOf, settingsIn } from "./python-files.ts";
import type { PythonProject } from "./python-project.ts";
import { type Surroundings, versionOfImage } from "./surroundings.ts";

/** The range that the project names, or else the first of the directories from its own up to the root. */
export function versionOf(project: PythonProject, around: Surroundings): string {
  const { manifest, directory, members } = project;
  const { repository } = around;
  const text = (path: string) => repository.text(at(directory, path)) ?? "";
  const pipfile = tableAt(tomlAt(repository, at(directory, "Pipfile")), "requires");
  const line = textOf(pipfile.python_full_version) ?? textOf(pipfile.python_version);
  const manifests = members.map((each) => tomlAt(repository, at(directory, `${each}/pyproject.toml`)));
  const written = [
    ...[manifest, ...manifests].map((each) => textOf(tableAt(each, "project")["requires-python"])),
    textOf(tableAt(manifest, "tool", "poetry", "dependencies").python),
    settingsIn(text("setup.cfg")).options?.python_requires?.join(",") ?? null,
    scriptOf(text("setup.py")).python,
    line === null ? null : `>=${line.split(".").slice(0, 2).join(".")}`,
    pinned(repository, directory),
  ].map((each) => semverRange(each ?? ""));
  const known = written.find((each) => each !== "" && validRange(each) !== null);
  if (known !== undefined) return known;
  return versionOfImage(around, { language: "Python", image: /python:(3\.\d+)/, usual: ">=3.10" });
}

/** What pyenv's and uv's file says, from the directory's own upwards. */
function pinned(repository: Repository, directory: string): string | null {
  const found = /^\s*(?:cpython-)?(3\.\d+)/.exec(
    repository.text(at(directory, ".python-version")) ?? "",
  )?.[1];
  if (found !== undefined) return `>=${found}`;
  return directory === "." ? null : pinned(repository, posix.dirname(directory));
}

/** Range of versions in semver's words: ">=3.11,<3.14" → ">=3.11 <3.14", "~=3.11" → ">=3.11 <4". */
export function semverRange(written: string): string {
  return written
    .split(",")
    .map((each) => each.trim())
    .filter((each) => !each.startsWith("!="))
    .map((each) => {
      const compatible = /^~=\s*(\d+)\.(\d+)(\.\d+)?/.exec(each);
      if (compatible !== null) {
        const [, major, minor, patch] = compatible;
        const top = patch === undefined ? `<${Number(major) + 1}` : `<${major}.${Number(minor) + 1}`;
        return `>=${major}.${minor}${patch ?? ""} ${top}`;
      }
      return each.replace(/^===?\s*/, "").replace(/\s+/g, "");
    })
    .join(" ");
}
