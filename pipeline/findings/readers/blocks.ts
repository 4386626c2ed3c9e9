import { ok } from "../../result.ts";
import type { Unmarked } from "../fingerprint.ts";
import { finding, levelOf, type Reader } from "./reader.ts";

/** Ruff's words: `CODE message` above `--> PATH:LINE:COLUMN`, or all of it in one line. */
export const ruffText: Reader = (text) => {
  const lines = text.split(/\r?\n/);
  return ok(
    lines.flatMap((line, at): Unmarked[] => {
      const inline = /^(.+?):(\d+):(\d+): ([A-Z]+\d+|invalid-syntax):? (?:\[\*\] )?(.*)$/.exec(line);
      if (inline) {
        const [, path = "", row, column, rule = "", message = ""] = inline;
        return [
          finding("ruff", { rule, level: "error", message, path, line: Number(row), column: Number(column) }),
        ];
      }
      const unformatted = /^Would reformat: (.+)$/.exec(line)?.[1];
      if (unformatted !== undefined)
        return [
          finding("ruff", { rule: "format", level: "error", message: "not formatted", path: unformatted }),
        ];
      const place = /^\s*--> (.+?):(\d+):(\d+)$/.exec(line);
      const head = /^([A-Z]+\d+|[a-z][a-z-]+):? (?:\[\*\] )?(.*)$/.exec(lines[at - 1] ?? "");
      if (!place || !head) return [];
      const [, path = "", row, column] = place;
      const [, rule = "", message = ""] = head;
      return [
        finding("ruff", { rule, level: "error", message, path, line: Number(row), column: Number(column) }),
      ];
    }),
  );
};

/** ESLint's stylish words: a path, then `LINE:COLUMN  severity  message  rule` below it. */
export const eslintText: Reader = (text) => {
  let path: string | null = null;
  return ok(
    text.split(/\r?\n/).flatMap((line): Unmarked[] => {
      const found = /^\s+(\d+):(\d+)\s+(error|warning)\s+(.*?)(?:\s{2,}([@\w/-]+))?\s*$/.exec(line);
      if (!found) {
        if (/^\S.*[./\\]\S+$/.test(line)) path = line.trim();
        return [];
      }
      const [, row, column, word = "", message = "", rule] = found;
      const at = { line: Number(row), column: Number(column) };
      return [finding("eslint", { rule: rule ?? "syntax", level: levelOf(word), message, path, ...at })];
    }),
  );
};

/** Biome's words: `PATH[:LINE:COLUMN] category ━━━` with the message two lines below. */
export const biomeText: Reader = (text) => {
  const lines = text.split(/\r?\n/);
  return ok(
    lines.flatMap((line, at): Unmarked[] => {
      const head =
        /^(.+?)(?::(\d+):(\d+))? ((?:lint|assist|suppressions)\/[\w/]+|format|parse|organizeImports)\b.*━/.exec(
          line,
        );
      if (!head) return [];
      const [, path = "", row, column, rule = ""] = head;
      const said = lines.slice(at + 1, at + 6).find((each) => /^\s*[×!ⅹ✖ℹ] /.test(each)) ?? "";
      const [, mark = "×", message = ""] = /^\s*(\S) (.*)$/.exec(said) ?? [];
      const level = mark === "!" ? "warning" : mark === "ℹ" ? "note" : "error";
      const place = row === undefined ? {} : { line: Number(row), column: Number(column) };
      return [finding("biome", { rule, level, message: message || rule, path, ...place })];
    }),
  );
};

/** svelte-check's words (`PATH:LINE:COLUMN` above `Error: message`), and those of `--output machine`. */
export const svelteText: Reader = (text) => {
  const lines = text.split(/\r?\n/);
  return ok(
    lines.flatMap((line, at): Unmarked[] => {
      const machine = /^\d+ (ERROR|WARNING) "(.+?)" (\d+):(\d+) "(.*)"$/.exec(line);
      const place = machine ? null : /^(.+?):(\d+):(\d+)$/.exec(line);
      const said = place ? /^(Error|Warn|Warning|Hint): (.*)$/.exec(lines[at + 1] ?? "") : null;
      const [, word = "", path = "", row, column, message = ""] =
        machine ?? (place && said ? ["", said[1], place[1], place[2], place[3], said[2]] : []);
      if (path === "") return [];
      const rule = /\(([\w-]+)\)$/.exec(message)?.[1] ?? "svelte";
      const where = { line: Number(row), column: Number(column) };
      return [finding("svelte-check", { rule, level: levelOf(word), message, path, ...where })];
    }),
  );
};

/** The compiler's words: `level[code]: message` above ` --> PATH:LINE:COLUMN`. */
export const clippyText: Reader = (text) => {
  const lines = text.split(/\r?\n/);
  return ok(
    lines.flatMap((line, at): Unmarked[] => {
      const place = /^\s*--> (.+?):(\d+):(\d+)$/.exec(line);
      const head = /^(error|warning)(?:\[(\w+)\])?: (.*)$/.exec(lines[at - 1] ?? "");
      if (!place || !head) return [];
      const [, path = "", row, column] = place;
      const [, word = "", code, message = ""] = head;
      const end = lines.findIndex((each, index) => index > at && each.trim() === "");
      const block = lines.slice(at, end < 0 ? at + 40 : end).join("\n");
      const named =
        /#\[(?:warn|deny)\(([\w:]+)\)\]/.exec(block)?.[1] ?? /rust-clippy\/\S*#(\w+)/.exec(block)?.[1];
      const help = /https:\/\/rust-lang\.github\.io\/rust-clippy\/\S+/.exec(block)?.[0] ?? null;
      const where = { line: Number(row), column: Number(column), help };
      return [
        finding("clippy", {
          rule: code ?? named?.replace(/^clippy::/, "") ?? "rustc",
          level: levelOf(word),
          message,
          path,
          ...where,
        }),
      ];
    }),
  );
};

/** ShellCheck's words (`In PATH line LINE:`, then `^-- SCnnnn (level): message`), and those of `-f gcc`. */
export const shellcheckText: Reader = (text) => {
  let place: { path: string; line: number } | null = null;
  return ok(
    text.split(/\r?\n/).flatMap((line): Unmarked[] => {
      const gcc = /^(.+?):(\d+):(\d+): (error|warning|note): (.*) \[(SC\d+)\]$/.exec(line);
      if (gcc) {
        const [, path = "", row, column, word = "", message = "", rule = ""] = gcc;
        const at = { line: Number(row), column: Number(column), help: wiki(rule) };
        return [finding("shellcheck", { rule, level: levelOf(word), message, path, ...at })];
      }
      const [, path, row] = /^In (.+) line (\d+):$/.exec(line) ?? [];
      if (path !== undefined) place = { path, line: Number(row) };
      const said = /\^-*\^? ?(?:-- )?(SC\d+) \((\w+)\): (.*)$/.exec(line);
      if (!said || place === null) return [];
      const [, rule = "", word = "", message = ""] = said;
      const column = line.indexOf("^") + 1;
      return [
        finding("shellcheck", { rule, level: levelOf(word), message, ...place, column, help: wiki(rule) }),
      ];
    }),
  );
};

/** Where the project explains a rule of ShellCheck. */
export const wiki = (rule: string): string => `https://www.shellcheck.net/wiki/${rule}`;
