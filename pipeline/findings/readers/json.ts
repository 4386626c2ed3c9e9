import type { Unmarked } from "../fingerprint.ts";
import { listOf, mapOf, numberOf, textOf } from "../values.ts";
import { wiki } from "./blocks.ts";
import { finding, levelOf } from "./reader.ts";

/** What one tool's JSON says; null: the values are not that tool's. */
export type JsonReader = (values: unknown[]) => Unmarked[] | null;

/** The maps of a list that stands alone, or under a name. */
function maps(values: unknown[], name: string): Record<string, unknown>[] | null {
  const [first] = values;
  const list = Array.isArray(first) ? first : mapOf(first)[name];
  return Array.isArray(list) ? list.map(mapOf) : null;
}

export const ruff: JsonReader = (values) =>
  maps(values, "")?.map((one) => {
    const at = mapOf(one.location);
    return finding("ruff", {
      rule: textOf(one.code) || "syntax",
      level: "error",
      message: textOf(one.message),
      path: textOf(one.filename) || null,
      line: numberOf(at.row),
      column: numberOf(at.column),
      help: textOf(one.url) || null,
    });
  }) ?? null;

/** `--output-format json` and `json2`. */
export const pylint: JsonReader = (values) =>
  maps(values, "messages")?.map((one) =>
    finding("pylint", {
      rule: textOf(one.symbol) || textOf(one["message-id"]) || textOf(one.messageId),
      level: levelOf(textOf(one.type)),
      message: textOf(one.message),
      path: textOf(one.path) || null,
      line: numberOf(one.line),
      column: (numberOf(one.column) ?? -1) + 1,
    }),
  ) ?? null;

/** `--output json`: a map a line. */
export const mypy: JsonReader = (values) =>
  values.every((one) => "file" in mapOf(one))
    ? values.map(mapOf).map((one) =>
        finding("mypy", {
          rule: textOf(one.code) || "mypy",
          level: levelOf(textOf(one.severity)),
          message: textOf(one.message),
          path: textOf(one.file) || null,
          line: numberOf(one.line),
          column: (numberOf(one.column) ?? -1) + 1,
        }),
      )
    : null;

export const eslint: JsonReader = (values) =>
  maps(values, "results")?.flatMap((file) =>
    listOf(file.messages)
      .map(mapOf)
      .map((one) =>
        finding("eslint", {
          rule: textOf(one.ruleId) || "syntax",
          level: numberOf(one.severity) === 2 ? "error" : "warning",
          message: textOf(one.message),
          path: textOf(file.filePath) || null,
          line: numberOf(one.line),
          column: numberOf(one.column),
        }),
      ),
  ) ?? null;

/** `--reporter=json`: positions stand in `location.start`, or are spans of bytes that tell no line. */
export const biome: JsonReader = (values) =>
  maps(values, "diagnostics")?.map((one) => {
    const location = mapOf(one.location);
    const start = mapOf(location.start);
    return finding("biome", {
      rule: textOf(one.category) || "biome",
      level: levelOf(textOf(one.severity)),
      message: textOf(one.description) || textOf(one.message),
      path: textOf(location.path) || textOf(mapOf(location.path).file) || null,
      line: numberOf(start.line),
      column: numberOf(start.column),
    });
  }) ?? null;

/** `--message-format=json`: a map a line, of which those of reason compiler-message count. */
export const clippy: JsonReader = (values) => {
  const all = values.map(mapOf);
  if (!all.some((one) => "reason" in one)) return null;
  return all
    .filter((one) => one.reason === "compiler-message")
    .map((one) => mapOf(one.message))
    .flatMap((message) => {
      const span = listOf(message.spans)
        .map(mapOf)
        .find((each) => each.is_primary === true);
      if (!span) return [];
      return [
        finding("clippy", {
          rule: textOf(mapOf(message.code).code).replace(/^clippy::/, "") || "rustc",
          level: levelOf(textOf(message.level)),
          message: textOf(message.message),
          path: textOf(span.file_name) || null,
          line: numberOf(span.line_start),
          column: numberOf(span.column_start),
        }),
      ];
    });
};

/** `-f json` and `json1`. */
export const shellcheck: JsonReader = (values) =>
  maps(values, "comments")?.map((one) => {
    const rule = `SC${numberOf(one.code) ?? ""}`;
    return finding("shellcheck", {
      rule,
      level: levelOf(textOf(one.level)),
      message: textOf(one.message),
      path: textOf(one.file) || null,
      line: numberOf(one.line),
      column: numberOf(one.column),
      help: wiki(rule),
    });
  }) ?? null;

export const hadolint: JsonReader = (values) =>
  maps(values, "")?.map((one) =>
    finding("hadolint", {
      rule: textOf(one.code),
      level: levelOf(textOf(one.level)),
      message: textOf(one.message),
      path: textOf(one.file) || null,
      line: numberOf(one.line),
      column: numberOf(one.column),
    }),
  ) ?? null;
