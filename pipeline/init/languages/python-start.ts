import { at } from "../repository.ts";
import type { PythonProject } from "./python-project.ts";
import { isForWork, type Surroundings, startOf, unwrapped } from "./surroundings.ts";

type Started = { words: string[]; because: string };

/** Programs that a package brings: they are started as modules, so that they are found beside the code. */
const modules = ["uvicorn", "gunicorn", "hypercorn", "flask", "fastapi", "daphne", "celery"];

/** How the project is started, without what only serves work on the code; null where nobody says. */
export function startedBy(project: PythonProject, around: Surroundings): Started | null {
  const known = startOf(around);
  const served = known !== null && !isForWork(known.words) ? known : (procfile(around) ?? known);
  const started = served ?? framework(project, around);
  if (started === null) return null;
  const words = serving(started.words);
  const left = started.words.filter((word) => !words.includes(word));
  return {
    words,
    because: left.length === 0 ? started.because : `${started.because}, there with ${left.join(" ")}`,
  };
}

/** A server that watches its files starts anew at each change, and a debugger runs what anyone sends it. */
function serving(words: string[]): string[] {
  if (!words.some((word) => modules.includes(word))) return words;
  const plain = words.filter(
    (word, index) =>
      !/^--(debug|reload(-\w+)?(=.*)?)$/.test(word) && !/^--reload-\w+$/.test(words[index - 1] ?? ""),
  );
  return plain[0] === "fastapi" && plain[1] === "dev" ? ["fastapi", "run", ...plain.slice(2)] : plain;
}

/** Whether a directory is a package that the project's own code names. */
export function isImported(
  name: string,
  { files }: PythonProject,
  { repository, directory }: Surroundings,
): boolean {
  const named = new RegExp(`^\\s*(?:from|import)\\s+${name}\\b`, "m");
  return (
    files.includes(`${name}/__init__.py`) ||
    files.some((path) => path.endsWith(".py") && named.test(repository.text(at(directory, path)) ?? ""))
  );
}

export function asModule(words: string[]): string[] {
  const [program = "", ...rest] = words;
  if (modules.includes(program)) return ["python3", "-m", program, ...rest];
  return [program === "python" ? "python3" : program, ...rest];
}

const preparing = /\b(migrate|upgrade|collectstatic|compilemessages|createcachetable)\b/;

/** What the Procfile serves the web with; its further programs are told. */
function procfile({ repository, directory, say }: Surroundings): Started | null {
  const path = at(directory, "Procfile");
  const lines = [...(repository.text(path) ?? "").matchAll(/^([\w-]+):\s*(.+?)\s*$/gm)];
  const programs = new Map(lines.map(([, name = "", command = ""]) => [name, command]));
  const web = programs.get("web");
  if (web === undefined) return null;
  for (const [name, command] of programs) {
    // `release` runs once before a release: what migrates is found by itself.
    if (name === "web" || name === "release") continue;
    say({
      kind: "unknown",
      what: `${name} of ${path} (\`${command}\`), a further program of the same directory`,
      remedy: "add it under components, with the same build and artifact and its own command",
    });
  }
  const steps = web.split("&&").slice(0, -1);
  // Steps that prepare are left to who migrates; of anything else nobody knows what is lost without it.
  const alone = !/["']/.test(web) && steps.every((step) => preparing.test(step));
  return {
    words: alone ? unwrapped(["sh", "-c", web]) : web.split(/\s+/),
    because: `${path} starts it so`,
  };
}

/** The file that makes the application object of a framework, as `module:object`. */
function framework(project: PythonProject, around: Surroundings): Started | null {
  const { files, installed } = project;
  const { repository, directory } = around;
  for (const path of files.filter((each) => each.endsWith(".py") && !/(^|\/)tests?\//.test(each))) {
    const text = repository.text(at(directory, path)) ?? "";
    const made = /^(\w+)\s*(?::\s*\w+\s*)?=\s*(FastAPI|Starlette|Flask)\(/m.exec(text);
    if (made === null) continue;
    const [, object = "app", kind = ""] = made;
    const inside = isImported("src", project, around) ? path : path.replace(/^src\//, "");
    const module = inside.replace(/(\/__init__)?\.py$/, "").replaceAll("/", ".");
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
