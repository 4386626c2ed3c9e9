import { at } from "../repository.ts";
import { expanded, piecesOf, programOf } from "./node-scripts.ts";
import type { Family } from "./node-workspaces.ts";

/** What a command asks of workspaces by a program that passes where none of them has it; empty: nothing of that kind. */
function askedOf(piece: string, scripts: Record<string, string>): string[] {
  const [program = "", ...more] = (programOf(piece, scripts)?.words ?? piece).split(/\s+/);
  const words = more.filter((word) => !word.startsWith("-") && !/^run(-script)?$/.test(word));
  if (/^(turbo|lerna)$/.test(program)) return words;
  const all = more.some((word) => /^(-r|--recursive|-ws|--workspaces)$/.test(word));
  return all && /^(pnpm|npm|yarn)$/.test(program) ? words.slice(0, 1) : [];
}

/** Whether a script only hands on to workspaces what none of them has: it would pass and have looked at nothing. */
export function handsToNobody(script: string, { project, members, around }: Family): boolean {
  // Turbo's tasks of the root itself run there.
  if (around.repository.text(at(project.directory, "turbo.json"))?.includes('"//#')) return false;
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
