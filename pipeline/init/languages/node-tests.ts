import type { CheckDraft } from "../part.ts";
import { handsToNobody } from "./node-delegates.ts";
import { launcherOf, scriptOf } from "./node-project.ts";
import { expanded, nameOf, type Program, piecesOf, programOf } from "./node-scripts.ts";
import { type Family, inMembers } from "./node-workspaces.ts";

/** What npm init writes where there are no tests. */
const noTests = /no test specified/;

const once = ["test:ci", "test:run", "test:once", "ci:test"];

/** Whether a file is one that runners take for tests. */
export const isTest = (path: string): boolean => /(^|\/)(tests?|__tests__)\/|\.(test|spec)\.\w+$/.test(path);

/** Where tests of units write what became of them. */
const junit = "reports/unit.xml";

/** Words of vitest that are no tests. */
const noRun = /^vitest (bench|init|list|related|typecheck)\b/;

const watching = /\s(--watch(All)?(=\w+)?|--no-watch|-w|--ui|--run)(?=\s|$)/g;

/** A runner as it ends by itself; null: it ends anyhow, or is none that is known to wait for changes. */
function ending(program: Program): Program | null {
  const { env, words } = program;
  const plain = words.replaceAll(watching, "");
  switch (nameOf(program)) {
    case "vitest": {
      if (noRun.test(words)) return null;
      const run = plain.replace(/^(\S*vitest)( run| watch| dev)?(?=\s|$)/, "$1 run");
      return run === words ? null : { env, words: run };
    }
    case "react-scripts":
    case "craco":
    case "react-app-rewired":
      return /\stest\b/.test(words) ? { env: `CI=true ${env}`, words: `${plain} --watchAll=false` } : null;
    case "karma":
      return /\sstart\b/.test(words) && !/--single-run\b(?!=false| false)/.test(words)
        ? { env, words: `${words.replace(/\s--(no-)?single-run(=\w+)?/g, "")} --single-run` }
        : null;
    case "ng":
      return /\stest\b/.test(words) && !/--watch[= ]false/.test(words)
        ? { env, words: `${plain} --watch=false` }
        : null;
    case "jest":
    case "mocha":
    case "ava":
    case "node":
    case "bun":
    case "tap":
    case "wtr":
    case "web-test-runner":
      return /\s(--watch(All)?(=true)?|-w)(?=\s|$)/.test(words) ? { env, words: plain } : null;
    default:
      return null;
  }
}

/** Whether a script waits for changes, where nobody has told it to end. */
function waits(script: string, scripts: Record<string, string>): boolean {
  return expanded(piecesOf(script), scripts).some((piece) => {
    const program = programOf(piece, scripts);
    return program !== null && ending(program) !== null;
  });
}

export function unitTests(family: Family): CheckDraft | null {
  const { scripts } = family.project;
  const name = ["test:unit", "unit", "test"].find(
    (each) => scripts[each] !== undefined && !noTests.test(scripts[each]),
  );
  if (name === undefined) return inWorkspaces(family);
  const script = scripts[name] ?? "";
  if (handsToNobody(script, family)) return null;
  if (/--passWithNoTests\b/.test(script) && !family.project.files.some(isTest)) return null;
  const ended = waits(scripts[name] ?? "", scripts)
    ? once.find((each) => scripts[each] !== undefined && !waits(scripts[each], scripts))
    : undefined;
  return ofScript(family, ended ?? name);
}

function ofScript({ project, manager, around }: Family, name: string): CheckDraft {
  const { scripts, packages } = project;
  const launch = ({ env, words }: Program) =>
    `${env}${/^(node|bun)\s/.test(words) ? "" : `${launcherOf(manager)} `}${words}`;
  const pieces = piecesOf(scripts[name] ?? "");
  // Who runs a script runs the one before it, too.
  const before = scripts[`pre${name}`] === undefined ? [] : [scriptOf(manager, `pre${name}`)];
  const only = pieces.length === 1 ? programOf(pieces[0] ?? "", scripts) : null;
  if (only !== null && packages.has("vitest") && nameOf(only) === "vitest" && !noRun.test(only.words)) {
    const { env, words } = ending(only) ?? only;
    if (!/--(reporter|outputFile)\b/.test(words))
      return {
        run: [
          ...before,
          launch({ env, words: `${words} --reporter=default --reporter=junit --outputFile.junit=${junit}` }),
        ].join(" && "),
        reports: { junit },
      };
  }
  if (!waits(scripts[name] ?? "", scripts)) return { run: scriptOf(manager, name) };
  const ended = expanded(pieces, scripts).map((piece) => {
    const program = programOf(piece, scripts);
    const run = program === null ? null : ending(program);
    return run === null ? piece : launch(run);
  });
  const run = [...before, ...ended].join(" && ");
  around.say({
    kind: "guessed",
    what: `the tests run as \`${run}\``,
    because: `the script ${name} waits for changes, and a check has to end`,
  });
  return { run };
}

/** The tests of workspaces; one that would wait for changes is told to end by CI, or is left out. */
function inWorkspaces(family: Family): CheckDraft | null {
  const having = family.members.filter(
    ({ scripts }) => scripts.test !== undefined && !noTests.test(scripts.test),
  );
  const waiting = having.filter(({ scripts }) => waits(scripts.test ?? "", scripts));
  // These two look at CI by themselves.
  const told = waiting.filter(({ scripts }) =>
    expanded(piecesOf(scripts.test ?? ""), scripts).every((piece) =>
      /\b(vitest|react-scripts)\b(?!.*--watch)/.test(piece),
    ),
  );
  const left = waiting.filter((each) => !told.includes(each));
  for (const { directory } of left)
    family.around.say({
      kind: "unknown",
      what: `how the tests of ${directory} end: its script test waits for changes`,
      remedy: "give it a script that runs them once, and add that to checks.unit",
    });
  const asked = having.filter((each) => !left.includes(each));
  if (asked.length === 0) return null;
  return { run: `${told.length > 0 ? "CI=true " : ""}${inMembers(family, "test", asked)}` };
}
