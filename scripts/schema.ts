import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { configJsonSchema } from "../pipeline/config/json-schema.ts";
import { planJsonSchema } from "../pipeline/plan/schema.ts";
import { reportJsonSchema } from "../pipeline/report/schema.ts";

/** The JSON Schemas in schema/, each with what makes it. `--check` compares instead of writing. */
const schemas = [
  { file: "schema/config.schema.json", make: configJsonSchema },
  { file: "schema/plan.schema.json", make: planJsonSchema },
  { file: "schema/report.schema.json", make: reportJsonSchema },
];

const check = process.argv.includes("--check");
const stale = schemas.filter(({ file, make }) => {
  const url = new URL(`../${file}`, import.meta.url);
  const text = `${JSON.stringify(make(), null, 2)}\n`;
  if (check) return !existsSync(url) || readFileSync(url, "utf8") !== text;
  writeFileSync(url, text);
  return false;
});
if (stale.length > 0) {
  process.exitCode = 1;
  console.error(
    `${stale.map(({ file }) => file).join(", ")} is not current: run node --import tsx scripts/schema.ts`,
  );
}
