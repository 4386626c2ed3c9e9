import { unquoted } from "../../context/git-path.ts";
import { joinLines } from "../../io/lines.ts";
import { isReadable } from "./decode.ts";

/** Arguments of git that print what the commits of a range add; `--` keeps refs from being read as paths. */
export const logArguments = (base: string): string[] => [
  // What a configuration or an attribute makes of a patch must not hide a part of it.
  ...["-c", "core.quotePath=true", "-c", "log.showRoot=true", "-c", "diff.suppressBlankEmpty=false"],
  ...["log", "--reverse", "--patch", "--text", "--unified=3", "--inter-hunk-context=0", "-m"],
  ...["--src-prefix=a/", "--dst-prefix=b/", "--no-relative", "--submodule=short", "--no-renames"],
  ...["--no-color", "--no-ext-diff", "--no-textconv", "--no-show-signature"],
  ...["--format=commit %H %P", `${base}..HEAD`, "--"],
];

/** One line of a file after a commit: added by it, or what stands around that. */
export type PatchLine = { text: string; number: number; added: boolean };

/** What one commit makes of one file. */
export type Patched = { commit: string; path: string; lines: PatchLine[] };

/** A commit compared with one of its parents. */
type Side = { commit: string; parents: number; files: Map<string, PatchLine[]> };

/** Reads what `logArguments` prints, line by line, as a splitter hands it on. */
export type PatchReader = { line(text: string): void; end(): Patched[] };

/** How much of a file's lines in characters tells whether they are text. */
const beginning = 8_000;

export function createPatchReader(): PatchReader {
  const sides: Side[] = [];
  let lines: PatchLine[] | null = null;
  let size = 0;
  /** Number of the next line, and how many more the hunk has. */
  let next = 0;
  let left = 0;
  /** The line of which the next text is one more piece; undefined: that is a line of its own. */
  let unfinished: PatchLine | null | undefined;

  const content = (text: string): PatchLine | null => {
    const sign = text[0];
    if (sign !== "+" && sign !== " ") return null;
    const line = { text: plain(text.slice(1)), number: next, added: sign === "+" };
    left -= 1;
    next += 1;
    lines?.push(line);
    size += line.text.length;
    if (lines && size > beginning && size - line.text.length <= beginning && !isText(lines)) drop();
    return line;
  };

  const drop = (): void => {
    lines?.splice(0);
    lines = null;
  };

  const header = (text: string): void => {
    const [, sha, parents = ""] = /^commit ([0-9a-f]{40,64})((?: [0-9a-f]{40,64})*) ?$/.exec(text) ?? [];
    const [, row, rows = "1"] = /^@@ -\S+ \+(\d+)(?:,(\d+))? @@/.exec(text) ?? [];
    if (sha !== undefined)
      sides.push({ commit: sha, parents: parents.length / (sha.length + 1), files: new Map() });
    else if (text.startsWith("diff --git ")) lines = null;
    else if (text.startsWith("+++ ")) {
      lines = [];
      size = 0;
      sides.at(-1)?.files.set(pathOf(text.slice(4)), lines);
    } else if (row !== undefined) {
      // Hunks are apart: what ends one and what begins the next are no neighbours.
      if (lines?.length) lines.push({ text: "", number: 0, added: false });
      next = Number(row);
      left = Number(rows);
    }
  };

  return {
    line(text) {
      let line: PatchLine | null = null;
      if (unfinished !== undefined) {
        line = unfinished;
        if (line) line.text += plain(text);
      } else if (left > 0) line = content(text);
      else header(text);
      unfinished = joinLines([text]).endsWith("\n") ? undefined : line;
    },
    end: () => patchesOf(sides).filter(({ lines }) => lines.some(({ added }) => added) && isText(lines)),
  };
}

/** A line without the signs of UTF-16: its mark, and the NUL that is half of each Latin character. */
const plain = (text: string): string => text.replaceAll("\0", "").replace(/^[\ufeff\ufffd]{1,2}/, "");

/** The path behind +++, without git's prefix; one that is no UTF-8 as git writes it. */
function pathOf(written: string): string {
  const name = written.replace(/\t$/, "");
  return (unquoted(name) ?? name.slice(1, -1)).replace(/^b\//, "");
}

function isText(lines: PatchLine[]): boolean {
  let begin = "";
  for (const { text } of lines) {
    begin += `${text}\n`;
    if (begin.length > beginning) break;
  }
  return isReadable(begin);
}

/** What each commit adds; a merge only what none of its parents has: the rest came with a commit of its own, or from the base. */
function patchesOf(sides: Side[]): Patched[] {
  const bySha = new Map<string, Side[]>();
  for (const side of sides) bySha.set(side.commit, [...(bySha.get(side.commit) ?? []), side]);
  return [...bySha].flatMap(([commit, [first, ...others]]) => {
    // A parent from which nothing differs is not printed.
    if (!first || first.parents > others.length + 1) return [];
    return [...first.files].map(([path, lines]) => {
      const added = others.map(({ files }) => addedIn(files.get(path) ?? []));
      const own = (line: PatchLine): boolean =>
        line.added && added.every((numbers) => numbers.has(line.number));
      return { commit, path, lines: lines.map((line) => ({ ...line, added: own(line) })) };
    });
  });
}

const addedIn = (lines: PatchLine[]): Set<number> =>
  new Set(lines.filter(({ added }) => added).map(({ number }) => number));
