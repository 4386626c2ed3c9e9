import { isTable, type Table, textOf, textsOf } from "../repository.ts";

/** Requirements in pip's words for a table of poetry's or pipenv's: name to constraint, or to a table with more. */
export const requirementsOf = (table: Table): string[] =>
  Object.entries(table)
    .filter(([name]) => name !== "python")
    .flatMap(([name, value]) => (Array.isArray(value) ? value : [value]).flatMap((each) => one(name, each)));

function one(name: string, value: unknown): string[] {
  if (typeof value === "string") return [`${name}${specifier(value)}`];
  if (!isTable(value) || value.optional === true) return [];
  const extras = textsOf(value.extras);
  const full = `${name}${extras.length > 0 ? `[${extras.join(",")}]` : ""}`;
  const [path, git, url] = [textOf(value.path), textOf(value.git), textOf(value.url)];
  if (path !== null) return [/^[./]/.test(path) ? path : `./${path}`];
  if (git !== null) {
    const at = textOf(value.rev) ?? textOf(value.tag) ?? textOf(value.branch) ?? textOf(value.ref);
    return [`${full} @ git+${git}${at === null ? "" : `@${at}`}`];
  }
  if (url !== null) return [`${full} @ ${url}`];
  return [`${full}${specifier(textOf(value.version) ?? "*")}${markerOf(value)}`];
}

function markerOf(value: Table): string {
  const written = textOf(value.markers);
  const [, compared, version] = /^\s*([<>]=?)\s*(\d+(?:\.\d+)?)\s*$/.exec(textOf(value.python) ?? "") ?? [];
  const all = [
    ...(written === null ? [] : [`(${written})`]),
    ...(version === undefined ? [] : [`python_version ${compared} "${version}"`]),
  ];
  return all.length === 0 ? "" : ` ; ${all.join(" and ")}`;
}

/** "^24.0" → ">=24.0,<25"; alternatives (||) have no like in pip's words, and leave the version open. */
export function specifier(constraint: string): string {
  if (constraint.includes("|")) return "";
  return constraint
    .replaceAll(/([<>=!~^])\s+/g, "$1")
    .split(/[\s,]+/)
    .map(bound)
    .filter((each) => each !== "")
    .join(",");
}

function bound(written: string): string {
  const [, sign = "", version = ""] = /^(\^|~(?!=)|==?(?!=)|[<>!~]=?|===)?v?(.*)$/.exec(written) ?? [];
  if (version === "" || version === "*") return "";
  const numbers = (/^\d+(\.\d+)*/.exec(version)?.[0] ?? "").split(".").map(Number);
  if (sign === "^") {
    const first = numbers.findIndex((each) => each > 0);
    return `>=${version},<${raised(numbers, first < 0 ? numbers.length - 1 : first)}`;
  }
  if (sign === "~") return `>=${version},<${raised(numbers, Math.min(1, numbers.length - 1))}`;
  return `${sign === "" || sign === "=" ? "==" : sign}${version}`;
}

const raised = (numbers: number[], at: number): string =>
  [...numbers.slice(0, at), (numbers[at] ?? 0) + 1].join(".");
