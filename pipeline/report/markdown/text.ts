/** A text as Markdown that shows it as it is, on one line: nothing in it can become a link, markup or a mention. */
export const literal = (text: string): string =>
  text
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ")
    .replace(/[&<>]/g, (found) => names[found] ?? found)
    .replace(/[\\`*_{}[\]#+!|~]/g, "\\$&")
    .replace(/@(?=\w)/g, "@\u200b")
    .replace(/\b(https?|www)(?=[:.])/gi, "$1\u200b")
    .trim();

const names: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };

/** An address that can be opened, as a link; anything that is not plainly one as code. */
export const link = (url: string): string =>
  /^https?:\/\/[\w.:[\]-]+(?:\/[\w./~-]*)?$/.test(url) ? `<${url}>` : code(url);

/** A text as code; a run of backticks in it gets a longer fence around it (CommonMark 6.1). */
export function code(text: string): string {
  const line = text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ").replaceAll("|", "\\|");
  const longest = Math.max(0, ...(line.match(/`+/g) ?? []).map((run) => run.length));
  const fence = "`".repeat(longest + 1);
  const pad = longest > 0 || line.trim() === "" ? " " : "";
  return `${fence}${pad}${line}${pad}${fence}`;
}

/** Lines as a block of code, whatever stands in them (CommonMark 4.5). */
export function block(lines: string[], language = ""): string[] {
  const longest = Math.max(2, ...lines.flatMap((line) => line.match(/`+/g) ?? []).map((run) => run.length));
  const fence = "`".repeat(longest + 1);
  return [`${fence}${language}`, ...lines.flatMap((line) => line.split("\n")), fence];
}

/** A table; nothing where it has no rows. */
export const table = (heads: string[], rows: string[][]): string[] =>
  rows.length === 0
    ? []
    : [
        `| ${heads.join(" | ")} |`,
        `|${heads.map(() => " --- |").join("")}`,
        ...rows.map((cells) => `| ${cells.join(" | ")} |`),
        "",
      ];

/** A part that is folded away until somebody opens it. */
export const folded = (title: string, lines: string[]): string[] =>
  lines.length === 0
    ? []
    : [
        "<details>",
        `<summary>${title.replace(/[&<>]/g, (found) => names[found] ?? found)}</summary>`,
        "",
        ...lines,
        "",
        "</details>",
        "",
      ];

/** A part under a heading; nothing where it has no content. */
export const part = (title: string, lines: string[]): string[] =>
  lines.length === 0 ? [] : [`### ${literal(title)}`, "", ...lines, ""];
