import { shellWord } from "../../shell-word.ts";
import type { ComponentDraft } from "../part.ts";
import { at, tableAt } from "../repository.ts";
import { type PythonProject, packagesOf, siblingsOf } from "./python-project.ts";
import { healthOf, portFromEnvironment, portOf, type Surroundings, startOf } from "./surroundings.ts";

/** Programs that a package brings: they are started as modules, so that they are found beside the code. */
const modules = ["uvicorn", "gunicorn", "hypercorn", "flask", "fastapi", "daphne", "celery"];

/** What the project serves; null, and told, where nobody says how it is started. */
export function pythonComponent(project: PythonProject, around: Surroundings): ComponentDraft | null {
  const { directory, name, repository } = around;
  const started = startOf(around) ?? procfile(around) ?? framework(project, around);
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
    env: { PORT: "${port}", PYTHONPATH: carried.includes("src") ? "src:lib" : "lib", PYTHONUNBUFFERED: "1" },
    health: healthOf(around),
    migrate: migrated ? "python3 -m alembic upgrade head" : byDjango(project),
    served: false,
    because: started.because,
  };
}

const byDjango = ({ files }: PythonProject): string | null =>
  files.includes("manage.py") && files.some((path) => /(^|\/)migrations\/0001_\w+\.py$/.test(path))
    ? "python3 manage.py migrate --noinput"
    : null;

/** Dependencies for running alone, in the versions that the set-up took. */
function dependencies(project: PythonProject, { repository }: Surroundings, into: string): string {
  const { requirements, manifest, hasLock } = project;
  const target = `python -m pip install --quiet --disable-pip-version-check --target ${into}/lib`;
  const running = requirements.find((path) => /requirements\.txt$|\/(base|prod|production)\.txt$/.test(path));
  if (running !== undefined && !hasLock) return `${target} -r ${running}`;
  if (Object.keys(tableAt(manifest, "build-system")).length > 0) {
    const all = [".", ...siblingsOf(project, repository)].join(" ");
    return `python -m pip freeze --exclude-editable > ${into}/constraints.txt && ${target} -c ${into}/constraints.txt ${all}`;
  }
  // Without a build system pip cannot install the project; the environment has what it needs, and its tools too.
  return `cp -R .venv/lib/python3*/site-packages ${into}/lib`;
}

const scriptsOf = (text: string): string =>
  (/^script_location\s*=\s*(.+)$/m.exec(text)?.[1] ?? "alembic").trim().replace(/^%\(here\)s\//, "");

function asModule(words: string[]): string[] {
  const [program = "", ...rest] = words;
  if (modules.includes(program)) return ["python3", "-m", program, ...rest];
  return [program === "python" ? "python3" : program, ...rest];
}

function procfile({ repository, directory }: Surroundings): { words: string[]; because: string } | null {
  const web = /^web:\s*(.+)$/m.exec(repository.text(at(directory, "Procfile")) ?? "")?.[1];
  if (web === undefined) return null;
  return { words: web.trim().split(/\s+/), because: `${at(directory, "Procfile")} starts it so` };
}

/** The file that makes the application object of a framework, as `module:object`. */
function framework(
  project: PythonProject,
  { repository, directory }: Surroundings,
): { words: string[]; because: string } | null {
  const { files, installed } = project;
  for (const path of files.filter((each) => each.endsWith(".py") && !/(^|\/)tests?\//.test(each))) {
    const text = repository.text(at(directory, path)) ?? "";
    const made = /^(\w+)\s*(?::\s*\w+\s*)?=\s*(FastAPI|Starlette|Flask)\(/m.exec(text);
    if (made === null) continue;
    const [, object = "app", kind = ""] = made;
    const module = path
      .replace(/^src\//, "")
      .replace(/(\/__init__)?\.py$/, "")
      .replaceAll("/", ".");
    const because = `${at(directory, path)} makes a ${kind} application`;
    const named = `${module}:${object}`;
    if (kind === "Flask") {
      const words = installed.has("gunicorn")
        ? ["gunicorn", "--bind", "0.0.0.0:$PORT", named]
        : ["flask", "--app", named, "run", "--host", "0.0.0.0", "--port", "$PORT"];
      return { words, because };
    }
    return installed.has("uvicorn") || installed.has("fastapi")
      ? { words: ["uvicorn", named, "--host", "0.0.0.0", "--port", "$PORT"], because }
      : null;
  }
  if (!files.includes("manage.py")) return null;
  const project_ = files.find((path) => /^[\w-]+\/wsgi\.py$/.test(path))?.split("/")[0];
  return project_ !== undefined && installed.has("gunicorn")
    ? { words: ["gunicorn", "--bind", "0.0.0.0:$PORT", `${project_}.wsgi`], because: "manage.py is Django's" }
    : null;
}
