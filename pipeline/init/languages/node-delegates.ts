import { at } from "../repository.ts";
import { expanded, piecesOf, programOf } from "./node-scripts.ts";
import type { Family } from "./node-workspaces.ts";

/** What a command asks of workspaces by a program that passes where none of them has it; empty: nothing of that kind. */
function askedOf(piece: string, scripts: Record<string, string>): string[] {
  const [program = "", ...more] = (programOf(piece, scripts)?.words ?? piece).split(/\s+/);
  // What is run in each of them is no script of theirs.
  if (more.some((word) => /^(exec|dlx|x)$/.test(word))) return [];
  const run = more.findIndex((word) => /^run(-script)?$/.test(word));
  const words = more.slice(run + 1).filter((word) => !word.startsWith("-"));
  if (/^(turbo|lerna)$/.test(program)) return run === -1 && program === "lerna" ? [] : words;
  const all = more.some((word) => /^(-r|--recursive|-ws|--workspaces)$/.test(word));
  // Without `run` the word of an option cannot be told from a script.
  const plain =
    run !== -1 ||
    !more.some((word) => word.startsWith("--") && !/^--(recursive|workspaces|if-present)$/.test(word));
  return all && plain && /^(pnpm|npm|yarn)$/.test(program) ? words.slice(0, 1) : [];
}

/** Whether a script only hands on to workspaces what none of them has: it would pass and have looked at nothing. */
export function handsToNobody(script: string, { project, members, around }: Family): boolean {
  // Turbo's tasks of the root itself run there, and others hand on to tasks of other names.
  if (
    /"\/\/#|"dependsOn"\s*:\s*\[\s*"[^"]/.test(
      around.repository.text(at(project.directory, "turbo.json")) ?? "",
    )
  )
    return false;
  const asked = expanded(piecesOf(script), project.scripts).map((piece) => askedOf(piece, project.scripts));
  return (
    asked.length > 0 &&
    asked.every(
      (tasks) =>
        tasks.length > 0 &&
        tasks.every((task) => members.every(({ scripts }) => scripts[task] === undefined)),
    )
  );
}
