import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { invalidInput } from "../../pipeline/report/failures/invalid-input.ts";
import { outcome } from "../../pipeline/report/failures/outcome.ts";
import { precondition } from "../../pipeline/report/failures/precondition.ts";

const page = readFileSync(new URL("../../docs/failures.md", import.meta.url), "utf8");

test("docs/failures.md has one paragraph for each kind of failure, in the renderer's classes, and no other", () => {
  const headings = [...page.matchAll(/^### (.+)$/gm)].map((found) => found[1]);
  // The compiler holds these tables to the union.
  const kinds = [invalidInput, precondition, outcome].flatMap((words) => Object.keys(words));
  expect(headings).toEqual(kinds);
  for (const kind of kinds) expect(page).toMatch(new RegExp(`^### ${kind}\\n\\S.{40,}`, "m"));
});

test("docs/failures.md names every exit code", () => {
  for (const code of [0, 1, 2, 3, 4, 70, 75, 130]) expect(page).toMatch(new RegExp(`^\\| ${code} \\|`, "m"));
});
