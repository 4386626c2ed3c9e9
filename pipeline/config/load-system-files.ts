import { readFile } from "node:fs/promises";
import { extname, isAbsolute, join } from "node:path";
import type { Problem } from "../failure.ts";
import type { SystemFile } from "./config.ts";

type Place = Pick<Problem, "line" | "column">;
type Parsed = { value: unknown; problems: (Place & { got: string; remedy: string })[] };

/** Every problem of the system's own configuration files: their syntax, and what their schema asks. */
export async function systemFileProblems(
  files: readonly SystemFile[],
  directory: string,
): Promise<Problem[]> {
  const found = await Promise.all(files.map((file) => problemsOf(file, directory)));
  return found.flat();
}

async function problemsOf({ path, schema }: SystemFile, directory: string): Promise<Problem[]> {
  const whole = { file: path, line: 0, column: 0, path: "" };
  const text = await read(directory, path);
  if (text === null)
    return [
      {
        ...whole,
        got: "no file",
        expected: "a file that can be read",
        remedy: `Create ${path}, or take it out of files.`,
      },
    ];
  const parsed = await parse(path, text);
  if (parsed === null)
    return [
      {
        ...whole,
        got: `a file ${extname(path) || "without an ending"}`,
        expected: ".json, .toml, .yaml or .yml",
        remedy: "Name files of these kinds only.",
      },
    ];
  if (parsed.problems.length > 0)
    return parsed.problems.map((one) => ({
      ...whole,
      ...one,
      expected: `${extname(path).slice(1).toUpperCase()} that can be read`,
    }));
  if (schema === null) return [];
  const wanted = await read(directory, schema);
  const asked = wanted === null ? null : (await parse("schema.json", wanted))?.value;
  if (asked === null || asked === undefined)
    return [
      {
        ...whole,
        file: schema,
        got: "no JSON Schema",
        expected: `the schema of ${path}`,
        remedy: `Create ${schema} as JSON, or remove it from files.`,
      },
    ];
  return await against(asked, parsed.value, path, schema);
}

async function against(schema: unknown, value: unknown, path: string, file: string): Promise<Problem[]> {
  const { Ajv } = await import("ajv");
  const ajv = new Ajv({ allErrors: true, strict: false });
  try {
    const valid = ajv.compile(schema as object);
    if (valid(value)) return [];
    return (valid.errors ?? []).map(({ instancePath, message = "is not what the schema asks", params }) => ({
      file: path,
      line: 0,
      column: 0,
      path: instancePath.slice(1).replaceAll("/", "."),
      got: short(at(value, instancePath)),
      expected: `${message}${detail(params)}`,
      remedy: `Mend it as ${file} says.`,
    }));
  } catch (error) {
    const got = error instanceof Error ? error.message : String(error);
    return [
      {
        file,
        line: 0,
        column: 0,
        path: "",
        got,
        expected: "a JSON Schema (draft-07)",
        remedy: `Mend ${file}.`,
      },
    ];
  }
}

const detail = (params: Record<string, unknown>): string => {
  const named = params.additionalProperty ?? params.allowedValues ?? params.allowedValue;
  return named === undefined ? "" : ` (${[named].flat().map(String).join(", ")})`;
};

/** The value at a JSON pointer. */
const at = (value: unknown, pointer: string): unknown =>
  pointer
    .split("/")
    .slice(1)
    .reduce<unknown>((inner, key) => (inner as Record<string, unknown> | undefined)?.[key], value);

const short = (value: unknown): string => (JSON.stringify(value) ?? "nothing").slice(0, 80);

/** Null: of no known kind. Each parser is loaded only where it is needed. */
async function parse(path: string, text: string): Promise<Parsed | null> {
  switch (extname(path).toLowerCase()) {
    case ".json":
      return parseJson(text);
    case ".toml":
      return parseToml(text);
    case ".yaml":
    case ".yml":
      return parseYaml(text);
    default:
      return null;
  }
}

function parseJson(text: string): Parsed {
  try {
    return { value: JSON.parse(text), problems: [] };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const offset = Number(/position (\d+)/.exec(message)?.[1] ?? Number.NaN);
    const before = Number.isNaN(offset) ? null : text.slice(0, offset).split("\n");
    const place = before
      ? { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 }
      : { line: 1, column: 1 };
    return {
      value: null,
      problems: [{ ...place, got: message.replace(/ in JSON.*$/, ""), remedy: "Mend the JSON." }],
    };
  }
}

async function parseToml(text: string): Promise<Parsed> {
  const { parse: read, TomlError } = await import("smol-toml");
  try {
    return { value: read(text), problems: [] };
  } catch (error) {
    const place =
      error instanceof TomlError ? { line: error.line, column: error.column } : { line: 1, column: 1 };
    const got = (error instanceof Error ? error.message : String(error)).split("\n")[0] ?? "";
    return {
      value: null,
      problems: [{ ...place, got: got.replace(/^Invalid TOML document: /, ""), remedy: "Mend the TOML." }],
    };
  }
}

async function parseYaml(text: string): Promise<Parsed> {
  const { parseAllDocuments } = await import("yaml");
  const documents = parseAllDocuments(text);
  const all = Array.isArray(documents) ? documents : [];
  const problems = all.flatMap(({ errors }) =>
    errors.map(({ message, linePos }) => ({
      line: linePos?.[0].line ?? 1,
      column: linePos?.[0].col ?? 1,
      got: (message.split("\n")[0] ?? "").replace(/ at line \d+, column \d+:?$/, ""),
      remedy: "Mend the YAML.",
    })),
  );
  return { value: problems.length > 0 ? null : (all[0]?.toJS() ?? null), problems };
}

const read = (directory: string, path: string): Promise<string | null> =>
  readFile(isAbsolute(path) ? path : join(directory, path), "utf8").catch(() => null);
