/** One variable of a dotenv file. `quoted` tells an empty value that is meant from one that was forgotten. */
export type EnvironmentEntry = { name: string; value: string; line: number; column: number; quoted: boolean };

/** A line that cannot be read; never with the line's text, which may hold a secret. */
export type EnvironmentMistake = {
  line: number;
  column: number;
  path: string;
  got: string;
  expected: string;
  remedy: string;
};

export type EnvironmentText = { entries: EnvironmentEntry[]; mistakes: EnvironmentMistake[] };

const assignment = /^(\s*(?:export\s+)?)([A-Za-z_][A-Za-z0-9_]*)(\s*=[ \t]*)/;

const escapes: Record<string, string> = { n: "\n", r: "\r", t: "\t", '"': '"', "\\": "\\", $: "$" };

/**
 * Reads a dotenv file: NAME=VALUE, `export` before it, comments after ` #`, 'single' quotes as they are, "double"
 * quotes with \n \r \t \" \\ \$, both over several lines. Nothing is expanded. A later value replaces an earlier
 * one, and the mistake is told.
 */
export function parseEnvironmentFile(text: string): EnvironmentText {
  const lines = text.replace(/^\uFEFF/, "").split(/\r?\n/);
  const entries: EnvironmentEntry[] = [];
  const mistakes: EnvironmentMistake[] = [];
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index] ?? "";
    if (/^\s*(#|$)/.test(line)) continue;
    const found = assignment.exec(line);
    const name = found?.[2];
    if (!found || name === undefined) {
      mistakes.push(notAnAssignment(index + 1, line));
      continue;
    }
    const at = { line: index + 1, column: (found[1] ?? "").length + 1, path: name };
    const rest = line.slice(found[0].length);
    const quote = rest[0] === '"' || rest[0] === "'" ? rest[0] : null;
    if (quote === null) {
      entries.push({ name, value: unquoted(rest), line: at.line, column: at.column, quoted: false });
    } else {
      const read = quoted(lines, index, found[0].length + 1, quote);
      if (read === null) {
        mistakes.push({
          ...at,
          got: `a ${quote} that is not closed`,
          expected: `a closing ${quote}`,
          remedy: "Close the quote.",
        });
        continue;
      }
      if (!/^\s*(#|$)/.test(read.after)) {
        mistakes.push({
          ...at,
          got: "text after the closing quote",
          expected: "the end of the line",
          remedy: "Put the whole value in quotes.",
        });
      }
      entries.push({ name, value: read.value, line: at.line, column: at.column, quoted: true });
      index = read.index;
    }
    const earlier = entries.slice(0, -1).find((entry) => entry.name === name);
    if (earlier) {
      mistakes.push({
        ...at,
        got: `${name}, which stands in line ${earlier.line} already`,
        expected: "each variable once",
        remedy: "Remove one of the two.",
      });
    }
  }
  return { entries, mistakes };
}

function notAnAssignment(line: number, text: string): EnvironmentMistake {
  return {
    line,
    column: text.search(/\S/) + 1,
    path: "",
    got: text.includes("=") ? "a name that is no variable's name" : "a line without =",
    expected: "NAME=VALUE, with a name of letters, digits and _",
    remedy: "Write NAME=VALUE, or begin the line with # to make it a comment.",
  };
}

/** Up to a comment, without the blanks around. */
const unquoted = (rest: string): string => (rest.startsWith("#") ? "" : rest.replace(/\s+#.*$/, "").trim());

/** The value from `column` on to the closing quote, with the line where it ends; null where there is none. */
function quoted(
  lines: readonly string[],
  from: number,
  column: number,
  quote: string,
): { value: string; index: number; after: string } | null {
  let value = "";
  for (let index = from; index < lines.length; index += 1) {
    const line = lines[index] ?? "";
    for (let at = index === from ? column : 0; at < line.length; at += 1) {
      const letter = line[at] ?? "";
      if (letter === quote) return { value, index, after: line.slice(at + 1) };
      const next = line[at + 1];
      if (quote === '"' && letter === "\\" && next !== undefined) {
        value += escapes[next] ?? `\\${next}`;
        at += 1;
      } else value += letter;
    }
    value += "\n";
  }
  return null;
}
