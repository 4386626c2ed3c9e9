import type { Directory } from "@dagger.io/dagger";
import { joinLines } from "../io/lines.ts";
import manifest from "../package.json" with { type: "json" };
import { htmlReport } from "../report/html/page.ts";
import { junitOf } from "../report/junit.ts";
import { sarifFiles } from "../report/sarif.ts";
import { runAllChecks } from "./checks.ts";
import type { Door } from "./door.ts";

/** What all checks found, passed or not, as files: the report, its page, SARIF, JUnit, and the steps' own reports. */
export async function reportDirectory(door: Door, base?: string, stages?: string[]): Promise<Directory> {
  const { report, executor, reports, output } = await runAllChecks(door, base, stages);
  const texts: Record<string, string> = {
    "report.json": `${JSON.stringify(report, null, 2)}\n`,
    "report.html": htmlReport(report, null),
    "report.junit.xml": junitOf(report),
  };
  for (const [name, text] of Object.entries(sarifFiles(report, manifest.version)))
    texts[`sarif/${name}`] = text;
  for (const [step, lines] of Object.entries(output)) texts[`${placeOf(step)}/output.txt`] = joinLines(lines);
  let made = door.client.directory();
  for (const [name, text] of Object.entries(texts)) made = made.withNewFile(name, text);
  for (const { step, path } of reports) {
    const file = await executor.file(step, path);
    if (file !== null) made = made.withFile(`${placeOf(step)}/${path}`, file);
  }
  return made;
}

const placeOf = (step: string): string => `steps/${step.replaceAll(":", "/")}`;
