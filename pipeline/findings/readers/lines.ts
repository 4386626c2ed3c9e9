import { ok } from "../../result.ts";
import type { Unmarked } from "../fingerprint.ts";
import { finding, levelOf, type Reader } from "./reader.ts";

/** A reader of findings that stand in one line each; `one` gives null for any other line. */
const byLine =
  (one: (line: string) => Unmarked | null): Reader =>
  (text) =>
    ok(text.split(/\r?\n/).flatMap((line) => one(line) ?? []));

/** `PATH:LINE:COLUMN: CODE message`. */
export const flake8 = byLine((line) => {
  const found = /^(.+?):(\d+):(\d+): ([A-Z]+\d+) (.*)$/.exec(line);
  if (!found) return null;
  const [, path = "", row, column, rule = "", message = ""] = found;
  const level = /^(E9|F)/.test(rule) ? "error" : "warning";
  return finding("flake8", { rule, level, message, path, line: Number(row), column: Number(column) });
});

/** `would reformat PATH`, `error: cannot format PATH: reason`. */
export const black = byLine((line) => {
  const [, path] = /^would reformat (.+)$/.exec(line) ?? [];
  if (path !== undefined)
    return finding("black", { rule: "format", level: "error", message: "not formatted", path });
  const [, broken, reason] = /^error: cannot format (.+?): (.*)$/.exec(line) ?? [];
  if (broken === undefined) return null;
  return finding("black", { rule: "syntax", level: "error", message: reason ?? "", path: broken });
});

/** `[warn] PATH` and `[error] PATH: message` of `prettier --check`, or paths alone of `--list-different`. */
export const prettier = byLine((line) => {
  const [, word, rest = ""] = /^\[(warn|error)\] (.+)$/.exec(line) ?? [];
  if (word === undefined || /^(Code style issues|Error occurred|All matched)/.test(rest)) return null;
  if (word === "warn") {
    return /\.\w+$/.test(rest)
      ? finding("prettier", { rule: "format", level: "error", message: "not formatted", path: rest })
      : null;
  }
  const [, path, message, row, column] = /^(.+?): (.*?)(?: \((\d+):(\d+)\))?$/.exec(rest) ?? [];
  if (path === undefined) return null;
  const at = row === undefined ? {} : { line: Number(row), column: Number(column) };
  return finding("prettier", { rule: "syntax", level: "error", message: message ?? "", path, ...at });
});

/** `Diff in PATH:LINE:` and, of older versions, `Diff in PATH at line LINE:`. */
export const rustfmt = byLine((line) => {
  const found = /^Diff in (?:\\\\\?\\)?(.+?)(?: at line |:)(\d+):?$/.exec(line);
  if (!found) return null;
  const [, path = "", row] = found;
  return finding("rustfmt", {
    rule: "format",
    level: "error",
    message: "not formatted",
    path,
    line: Number(row),
  });
});

/** `PATH:LINE: severity: message  [code]`, with or without a column. */
export const mypyText = byLine((line) => {
  const found =
    /^(.+?):(\d+)(?::(\d+))?(?::\d+:\d+)?: (error|warning|note): (.*?)(?: {2}\[([\w-]+)\])?$/.exec(line);
  if (!found) return null;
  const [, path = "", row, column, word = "", message = "", rule] = found;
  // What a note says belongs to the finding before it.
  if (word === "note") return null;
  const at = { line: Number(row), ...(column === undefined ? {} : { column: Number(column) }) };
  return finding("mypy", { rule: rule ?? "mypy", level: levelOf(word), message, path, ...at });
});

/** `PATH:LINE:COLUMN: CODE: message (symbol)`. */
export const pylintText = byLine((line) => {
  const found = /^(.+?):(\d+):(\d+): ([A-Z]\d{4}): (.*?)(?: \(([\w-]+)\))?$/.exec(line);
  if (!found) return null;
  const [, path = "", row, column, code = "", message = "", symbol] = found;
  const at = { line: Number(row), column: Number(column) + 1 };
  return finding("pylint", { rule: symbol ?? code, level: levelOf(code), message, path, ...at });
});

/** `PATH:LINE CODE severity: message`. */
export const hadolintText = byLine((line) => {
  const found = /^(.+?):(\d+)(?::\d+)? ((?:DL|SC)\d+)(?: (\w+))?: (.*)$/.exec(line);
  if (!found) return null;
  const [, path = "", row, rule = "", word = "", message = ""] = found;
  return finding("hadolint", { rule, level: levelOf(word), message, path, line: Number(row) });
});
