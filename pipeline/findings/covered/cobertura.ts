import { posix } from "node:path";
import { fail, ok, type Result } from "../../result.ts";
import { type Element, readXml } from "../xml.ts";
import { hit, missed, noCounts, note, type Parsed, type Part } from "./counts.ts";

/** A report's path → the repository's; and whether a path of the repository is a file of the checkout. */
export type Checkout = { place(path: string): string; exists(path: string): Promise<boolean> };

/** `at` is the package that it stands in, `file` as written: relative to one of the sources. */
type Class = Omit<Part, "path"> & { at: string; name: string; file: string };

/**
 * https://cobertura.github.io/cobertura: classes with lines, whose files are relative to a <source>. The paths of the
 * result are the repository's.
 *
 * Of several sources a file belongs to the one under which it exists. Its classes are taken for one file as long as
 * they can be: in one package, each class once. What must be several files stays apart: in the order of the sources
 * where they exist, or of all sources where fewer exist. More files than sources are a failure, because any number
 * for them would be made up.
 */
export async function cobertura(text: string, checkout: Checkout): Promise<Result<Parsed, string>> {
  const read = readXml(text);
  if (!read.ok) return read;
  if (read.value.name !== "coverage") return fail(`its root is <${read.value.name}>, expected <coverage>`);
  const named = (child(read.value, "sources")?.children ?? []).map((source) => source.text.trim());
  const sources = named.length === 0 ? [""] : named;
  const byFile = grouped(classesIn(read.value, ""), ({ file }) => file);
  const parts: Part[] = [];
  for (const [file, classes] of byFile) {
    const all = [...new Set(sources.map((source) => checkout.place(within(source, file))))];
    const files = all.length === 1 ? [classes] : apart(classes);
    if (files.length > all.length)
      return fail(
        `it tells of ${files.length} files ${file} under ${all.length} sources: which is which cannot be known`,
      );
    const there = all.length === 1 ? all : await existing(all, checkout);
    const paths = there.length < files.length ? all : there;
    for (const [at, path] of paths.entries())
      for (const { lines, branches } of files[at] ?? []) parts.push({ path, lines, branches });
  }
  return ok({ parts, branches: null });
}

async function existing(paths: string[], { exists }: Checkout): Promise<string[]> {
  const outside = /^(?:\/|[A-Za-z]:|\.\.(?:\/|$))/;
  const there = await Promise.all(paths.map((path) => !outside.test(path) && exists(path)));
  return paths.filter((_path, at) => there[at]);
}

/** The classes of one name of a file by the file that they must be of: a class stands in a file of its package once. */
function apart(classes: Class[]): Class[][] {
  const seen = new Map<string, number>();
  const files = grouped(classes, ({ at, name }) => {
    const one = JSON.stringify([at, name]);
    const before = seen.get(one) ?? 0;
    seen.set(one, before + 1);
    return JSON.stringify([at, before]);
  });
  return [...files.values()];
}

const classesIn = (element: Element, at: string): Class[] =>
  element.children.flatMap((each) => {
    if (each.name === "class") return [classOf(each, at)];
    return classesIn(each, each.name === "package" ? (each.attributes.name ?? "") : at);
  });

function classOf(element: Element, at: string): Class {
  const { name = "", filename = "" } = element.attributes;
  const lines = noCounts();
  const branches = noCounts();
  const all = child(element, "lines")?.children.filter((line) => line.name === "line") ?? [];
  for (const [index, { attributes }] of all.entries()) {
    const number = attributes.number ?? `#${index}`;
    note(lines, number, Number(attributes.hits) > 0 ? hit : missed);
    const [, covered, total] = /\((\d+)\/(\d+)\)/.exec(attributes["condition-coverage"] ?? "") ?? [];
    if (total !== undefined) note(branches, number, { covered: Number(covered), total: Number(total) });
  }
  return { at, name, file: filename, lines, branches };
}

function grouped(classes: Class[], keyOf: (one: Class) => string): Map<string, Class[]> {
  const groups = new Map<string, Class[]>();
  for (const one of classes) {
    const key = keyOf(one);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [one]);
    else group.push(one);
  }
  return groups;
}

const child = (element: Element, name: string): Element | undefined =>
  element.children.find((each) => each.name === name);

const within = (source: string, file: string): string =>
  source === "" || posix.isAbsolute(file) || /^[A-Za-z]:[\\/]/.test(file) ? file : posix.join(source, file);
