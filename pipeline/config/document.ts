import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Pair,
  type ParsedNode,
  parseDocument,
  type Range,
  visit,
  type YAMLError,
} from "yaml";
import type { Path } from "./written.ts";

/** 1-based. */
export type Spot = { line: number; column: number };

export type SyntaxProblem = Spot & { got: string; expected: string; remedy: string };

/** A YAML file: its value, and where everything in it stands. */
export type YamlFile = {
  value: unknown;
  problems: SyntaxProblem[];
  /** False where a syntax error makes the value worth nothing. */
  usable: boolean;
  /** Where a key or its value stands; of what is not there, the nearest thing above; null for the whole file. */
  spot(path: Path, at: "key" | "value"): Spot | null;
  /** The text of a scalar as typed, or "a map", "a list", "nothing". */
  shown(path: Path): string;
};

type Node = ParsedNode | null;
type Entry = { key: ParsedNode | null; value: Node };

/** Reads one YAML document. Values of `env` maps stay as they are typed: 007 and 1.10 are text there. */
export function readYaml(text: string): YamlFile {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    merge: true,
    logLevel: "error",
  });
  const problems = [...document.errors, ...document.warnings].map((error) => syntaxProblem(error, lines));
  let usable = document.errors.every((error) => error.code === "DUPLICATE_KEY");
  keepText(document);
  let value: unknown = null;
  if (usable) {
    try {
      value = document.toJS();
    } catch {
      usable = false;
      problems.push(aliasProblem(document, lines));
    }
  }
  const at = (range: Range | null | undefined): Spot | null => {
    if (!range) return null;
    const { line, col } = lines.linePos(range[0]);
    return { line, column: col };
  };
  return {
    value,
    problems,
    usable,
    spot(path, where) {
      const entry = find(document, path);
      if (entry === null) return path.length === 0 ? null : this.spot(path.slice(0, -1), "key");
      return at((where === "key" ? (entry.key ?? entry.value) : (entry.value ?? entry.key))?.range);
    },
    shown: (path) =>
      shown(path.length === 0 ? document.contents : (find(document, path)?.value ?? null), document),
  };
}

function find(document: Document.Parsed, path: Path): Entry | null {
  let entry: Entry = { key: null, value: document.contents };
  for (const part of path) {
    const node = resolved(entry.value, document);
    if (isSeq<ParsedNode>(node) && typeof part === "number") {
      const item = node.items[part];
      if (item === undefined) return null;
      entry = { key: null, value: item };
    } else if (isMap<ParsedNode, Node>(node)) {
      const pair = pairOf(node.items, String(part), document);
      if (pair === null) return null;
      entry = { key: pair.key, value: pair.value };
    } else return null;
  }
  return path.length === 0 ? null : entry;
}

function pairOf(
  pairs: Pair<ParsedNode, Node>[],
  key: string,
  document: Document.Parsed,
): Pair<ParsedNode, Node> | null {
  // Of a key that stands there twice the last one counts.
  const own = pairs.findLast((pair) => isScalar(pair.key) && String(pair.key.value) === key);
  if (own) return own;
  for (const pair of pairs.filter((one) => isScalar(one.key) && one.key.source === "<<")) {
    const merged = resolved(pair.value, document);
    for (const map of isSeq<ParsedNode>(merged)
      ? merged.items.map((one) => resolved(one, document))
      : [merged]) {
      const inherited = isMap<ParsedNode, Node>(map) ? pairOf(map.items, key, document) : null;
      if (inherited) return inherited;
    }
  }
  return null;
}

function resolved(node: Node, document: Document.Parsed): unknown {
  return isAlias(node) ? node.resolve(document) : node;
}

function shown(node: Node, document: Document.Parsed): string {
  const there = resolved(node, document);
  if (isMap(there)) return "a map";
  if (isSeq(there)) return "a list";
  if (!isScalar(there) || there.value === null) return "nothing";
  const text = there.source ?? String(there.value);
  if (text === "") return "empty text";
  const line = text.split("\n", 1)[0] ?? "";
  return line.length < text.length || line.length > 60 ? `${line.slice(0, 60)}…` : line;
}

function keepText(document: Document.Parsed): void {
  visit(document, {
    Pair(_index, pair) {
      if (!isScalar(pair.key) || pair.key.value !== "env" || !isMap(pair.value)) return;
      for (const { value } of pair.value.items) {
        if (isScalar(value) && value.value !== null && value.source !== undefined) value.value = value.source;
      }
    },
  });
}

const mistakes: Partial<Record<YAMLError["code"], Omit<SyntaxProblem, keyof Spot>>> = {
  DUPLICATE_KEY: {
    got: "a key that stands here already",
    expected: "each key once",
    remedy: "Join the two, or remove one of them.",
  },
  TAB_AS_INDENT: { got: "a tab", expected: "spaces as indentation", remedy: "Replace the tab with spaces." },
  MULTIPLE_DOCS: {
    got: "a second document",
    expected: "one document in the file",
    remedy: "Remove the line --- and what follows.",
  },
  TAG_RESOLVE_FAILED: {
    got: "a tag",
    expected: "a plain value",
    remedy: "Remove the tag that begins with !.",
  },
};

function syntaxProblem(error: YAMLError, lines: LineCounter): SyntaxProblem {
  const { line, col } = lines.linePos(error.pos[0]);
  const known = mistakes[error.code] ?? {
    // What follows a colon in these messages is text of the file, which may be a secret.
    got: `a YAML error: ${error.message.split(": ", 1)[0]}`,
    expected: "valid YAML",
    remedy: "Mend the syntax here or on the line before.",
  };
  return { line, column: col, ...known };
}

/** An alias without its anchor, or aliases that unfold to an endless text. */
function aliasProblem(document: Document.Parsed, lines: LineCounter): SyntaxProblem {
  let spot: Spot = { line: 1, column: 1 };
  let found = false;
  visit(document, {
    Alias(_key, node) {
      if (node.resolve(document) !== undefined || !node.range) return undefined;
      const { line, col } = lines.linePos(node.range[0]);
      spot = { line, column: col };
      found = true;
      return visit.BREAK;
    },
  });
  return {
    ...spot,
    got: found ? "an alias without its anchor" : "aliases that unfold without end",
    expected: "an alias of an anchor that stands before it",
    remedy: "Set the anchor first, or put the value in quotes or write it out.",
  };
}
