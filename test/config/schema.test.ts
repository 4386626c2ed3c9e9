import { readFileSync } from "node:fs";
import { Ajv } from "ajv";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { configJsonSchema } from "../../pipeline/config/json-schema.ts";
import { fixture } from "./support.ts";

const committed = new URL("../../schema/config.schema.json", import.meta.url);

test("the committed JSON Schema is current", () => {
  expect(readFileSync(committed, "utf8")).toBe(`${JSON.stringify(configJsonSchema(), null, 2)}\n`);
});

type Node = { [key: string]: unknown };

const isNode = (value: unknown): value is Node => typeof value === "object" && value !== null;

function undescribed(node: unknown, path: string): string[] {
  if (!isNode(node)) return [];
  const properties = isNode(node.properties) ? Object.entries(node.properties) : [];
  const missing = properties.filter(
    ([, one]) => !isNode(one) || typeof one.description !== "string" || one.description === "",
  );
  return [
    ...missing.map(([key]) => `${path}.${key}`),
    ...Object.entries(node).flatMap(([key, inner]) => undescribed(inner, `${path}.${key}`)),
  ];
}

test("every field is described", () => {
  expect(undescribed(configJsonSchema(), "config")).toEqual([]);
});

test("an editor that reads the JSON Schema takes the sketch and refuses what the tool refuses", () => {
  const validate = new Ajv({ strict: false }).compile(configJsonSchema());
  expect(validate(parse(fixture("quotes.yaml"))), JSON.stringify(validate.errors)).toBe(true);
  expect(validate({ app: "a", checks: { unit: { run: "x", timeout: "5 minutes" } } })).toBe(false);
  expect(validate({ app: "a", components: { api: { artfact: "dist", command: "x" } } })).toBe(false);
});
