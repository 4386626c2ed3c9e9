import { shellWord } from "../../shell-word.ts";
import type { ComponentDraft } from "../part.ts";
import { at, tableAt } from "../repository.ts";
import { type PythonProject, packagesOf, siblingsOf } from "./python-project.ts";
import { asModule, isImported, startedBy } from "./python-start.ts";
import { healthOf, portFromEnvironment, portOf, type Surroundings } from "./surroundings.ts";

/** What the project serves; null, and told, where nobody says how it is started. */
export function pythonComponent(project: PythonProject, around: Surroundings): ComponentDraft | null {
  const { directory, name, repository } = around;
  const started = startedBy(project, around);
  if (started === null) {
    if (project.installed.size > 0 && packagesOf(project).length > 0) {
      around.say({
        kind: "unknown",
        what: `how ${name} is started`,
        remedy: `add it under components, with build, artifact and command, if it is something that runs`,
      });
    }
    return null;
  }
  const port = portOf(around) ?? 8000;
  // Test runners and formatters leave dist/ alone.
  const target = `dist/${name}`;
  const artifact = at(directory, target);
  const migrated = project.files.includes("alembic.ini");
  const inside = carriedIn(project, around, started.words);
  const carried = [
    ...packagesOf(project),
    ...project.files.filter(
      (path) => /^[\w-]+\.py$/.test(path) && !/^(setup|conftest|test_.*|locustfile)/.test(path),
    ),
    ...(migrated ? ["alembic.ini", scriptsOf(repository.text(at(directory, "alembic.ini")) ?? "")] : []),
  ];
  const words = asModule(started.words);
  return {
    name,
    build: [
      ...(directory === "." ? [] : [`cd ${shellWord(directory)}`]),
      `rm -rf ${target} && mkdir -p ${target}`,
      dependencies(project, around, target),
      `cp -R ${[...new Set(carried)].map(shellWord).join(" ")} ${target}/`,
    ],
    artifact,
    command: portFromEnvironment(words, port),
    port,
    env: { PORT: "${port}", PYTHONPATH: inside ? "src:lib" : "lib", PYTHONUNBUFFERED: "1" },
    health: healthOf(around),
    migrate: migrated ? "python3 -m alembic upgrade head" : byDjango(project),
    served: false,
    because: started.because,
  };
}

/** Whether modules are looked for below src/; where src is a package itself, they would hide others of the same names. */
const carriedIn = (project: PythonProject, around: Surroundings, words: string[]): boolean =>
  packagesOf(project).includes("src") &&
  !words.some((word) => /^src[.:]/.test(word)) &&
  !isImported("src", project, around);

const byDjango = ({ files }: PythonProject): string | null =>
  files.includes("manage.py") && files.some((path) => /(^|\/)migrations\/0001_\w+\.py$/.test(path))
    ? "python3 manage.py migrate --noinput"
    : null;

/** Dependencies for running alone, in the versions that the set-up took. */
function dependencies(project: PythonProject, { repository }: Surroundings, into: string): string {
  const { requirements, manifest, hasLock, files } = project;
  const target = `python -m pip install --quiet --disable-pip-version-check --target ${into}/lib`;
  const running = requirements.find((path) => /requirements\.txt$|\/(base|prod|production)\.txt$/.test(path));
  if (running !== undefined && !hasLock) return `${target} -r ${running}`;
  if (Object.keys(tableAt(manifest, "build-system")).length > 0 || files.includes("setup.py")) {
    const all = [".", ...siblingsOf(project, repository)].join(" ");
    return `python -m pip freeze --exclude-editable > ${into}/constraints.txt && ${target} -c ${into}/constraints.txt ${all}`;
  }
  // Without a build system, or a script in its place, pip cannot install the project; the environment has what it needs, and its tools too.
  return `cp -R .venv/lib/python3*/site-packages ${into}/lib`;
}

const scriptsOf = (text: string): string =>
  (/^script_location\s*=\s*(.+)$/m.exec(text)?.[1] ?? "alembic").trim().replace(/^%\(here\)s\//, "");
