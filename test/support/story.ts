/**
 * Recorded queries as a story to be read: each container once, with what was asked of it; what is given to several of
 * them has a name. Values that differ from call to call are shown as `‹fresh›` and `‹now›`. What is used comes before
 * what uses it.
 */
export function storyOf(queries: string[]): string {
  const asked = new Map<string, Set<string>>();
  for (const query of queries.map(steady)) {
    const fields = splitChain(query);
    // What is read of a container's file is a question to the container.
    const reads =
      fields.some((field) => field.startsWith("withExec(")) && /^file\(/.test(fields.at(-2) ?? "");
    const cut = fields.length - (reads ? 2 : 1);
    const of = fields.slice(0, cut).join(".");
    asked.set(of, (asked.get(of) ?? new Set()).add(fields.slice(cut).join(".")));
  }
  const chains = [...asked.keys()].sort((a, b) => a.length - b.length || (a < b ? -1 : 1));
  const names = namesOf(chains);
  const named = [...names].map(([chain, name]) => [`${name} is`, ...drawn(chain, names, true)].join("\n"));
  const told = chains.map((chain) => {
    const questions = [...(asked.get(chain) ?? [])].sort();
    return [...drawn(chain, names, false), ...questions.map((each) => `  → ${each}`)].join("\n");
  });
  return `${[...named, ...told].join("\n\n")}\n`;
}

/** Random ids, passwords' places and the clock, which no two calls share. */
const steady = (query: string): string =>
  query
    .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/g, "‹fresh›")
    .replaceAll(
      /(withNewFile\(path: "(?:report|sarif)[^"]*",contents: )"(?:[^"\\]|\\.)*"/g,
      '$1"‹what was found›"',
    )
    .replaceAll(/"limit=\$1; shift.*?exit \\"\$code\\"","step"/g, '"‹with a time limit of›"')
    .replaceAll(/"box=\$1; shift.*?exec \\"\$@\\"","wait"/g, '"‹once this is ready›"')
    .replaceAll(/(\\"time\\":)\d{13}/g, "$1‹now›")
    .replaceAll(/(BELLWETHER_SCAN_DAY",value: )"[\d-]+"/g, '$1"‹today›"')
    .replaceAll(/(plaintext: )"[^"]*"/g, '$1"‹secret›"')
    .replaceAll(/(\\"config\\":\\")[0-9a-f]{64}/g, "$1‹digest›");

/** Chains that are given to at least two others, by the name that they get here. */
function namesOf(chains: string[]): Map<string, string> {
  const seen = new Map<string, number>();
  const visit = (chain: string): void => {
    for (const given of givenTo(chain)) {
      const before = seen.get(given) ?? 0;
      seen.set(given, before + 1);
      if (before === 0) visit(given);
    }
  };
  for (const chain of chains) visit(chain);
  const shared = [...seen].filter(([chain, count]) => count > 1 && splitChain(chain).length > 1);
  const ordered = shared.map(([chain]) => chain).sort((a, b) => a.length - b.length || (a < b ? -1 : 1));
  return new Map(ordered.map((chain, at) => [chain, `(${at + 1})`]));
}

/** One field a line; what is given to a field stands below it. */
function drawn(chain: string, names: Map<string, string>, definition: boolean): string[] {
  const name = names.get(chain);
  if (name !== undefined && !definition) return [name];
  return splitChain(chain).flatMap((field, at) => {
    const indent = at === 0 ? "" : "  .";
    const given = givenTo(field);
    const short = given.reduce((text, each) => text.replace(`<${each}>`, names.get(each) ?? "…"), field);
    const below = given
      .filter((each) => !names.has(each))
      .flatMap((each) => drawn(each, names, false).map((line) => `      ${line}`));
    return [`${indent}${short}`, ...below];
  });
}

/** The chains in angle brackets of a text, outermost ones only. */
function givenTo(text: string): string[] {
  const found: string[] = [];
  let depth = 0;
  let from = 0;
  for (const [at, sign] of signs(text)) {
    if (sign === "<" && depth++ === 0) from = at + 1;
    if (sign === ">" && --depth === 0) found.push(text.slice(from, at));
  }
  return found;
}

/** The fields of a chain. */
export function splitChain(chain: string): string[] {
  const fields: string[] = [];
  let depth = 0;
  let from = 0;
  for (const [at, sign] of signs(chain)) {
    if ("<([{".includes(sign)) depth++;
    if (">)]}".includes(sign)) depth--;
    if (sign !== "." || depth > 0) continue;
    fields.push(chain.slice(from, at));
    from = at + 1;
  }
  return [...fields, chain.slice(from)];
}

/** Every sign outside of strings, with its place. */
function* signs(text: string): Generator<[number, string]> {
  const part = /"(?:[^"\\]|\\.)*"|[<>()[\]{}.]/g;
  for (const found of text.matchAll(part)) if (found[0].length === 1) yield [found.index, found[0]];
}
