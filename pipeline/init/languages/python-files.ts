import { posix } from "node:path";

/** Settings of a file such as setup.cfg: by section and key, with the lines of each value. */
export type Settings = Record<string, Record<string, string[]>>;

/** Reads what configparser reads: values go on in lines that are set in. */
export function settingsIn(text: string): Settings {
  const found: Settings = {};
  let section: Record<string, string[]> = {};
  let value: string[] = [];
  for (const line of text.split(/\r?\n/)) {
    const name = /^\[([^\]]+)\]/.exec(line)?.[1];
    const [, key, first = ""] = /^([\w.-]+)\s*[=:]\s*(.*)$/.exec(line) ?? [];
    if (/^\s*([#;]|$)/.test(line)) continue;
    if (name !== undefined) {
      section = {};
      found[name.trim()] = section;
    } else if (key !== undefined) {
      value = first.trim() === "" ? [] : [first.trim()];
      section[key] = value;
    } else if (/^\s/.test(line)) value.push(line.trim());
  }
  return found;
}

/** What setup.py says in plain words; null: it says it in a way that only running it would tell. */
export type Script = {
  requires: string[] | null;
  extras: Record<string, string[]> | null;
  python: string | null;
};

export function scriptOf(text: string): Script {
  const code = text.replaceAll(/"[^"\n]*"|'[^'\n]*'|#.*/g, (found) => (found.startsWith("#") ? "" : found));
  const list = listAt("\\binstall_requires", code) ?? namedList(code);
  const table = /\bextras_require\s*=\s*(?:\{([^}]*)\}|([A-Za-z_]\w*))/.exec(code);
  const named = table?.[2];
  const body =
    named === undefined ? table?.[1] : new RegExp(`^${named}\\s*=\\s*\\{([^}]*)\\}`, "m").exec(code)?.[1];
  return {
    requires: list === undefined ? (/\binstall_requires\b/.test(code) ? null : []) : quotedIn(list),
    extras: body === undefined ? (/\bextras_require\b/.test(code) ? null : {}) : tableIn(body),
    python: /\bpython_requires\s*=\s*["']([^"']+)["']/.exec(code)?.[1] ?? null,
  };
}

/** What stands in the brackets of `NAME = […]`, where those are texts and nothing else. */
const listAt = (name: string, code: string): string | undefined =>
  new RegExp(`${name}\\s*=\\s*\\[((?:[\\s,]|"[^"]*"|'[^']*')*)\\]`, "m").exec(code)?.[1];

/** The same for `install_requires=NAME`, where the script gives the list that name once and never changes it. */
function namedList(code: string): string | undefined {
  const name = /\binstall_requires\s*=\s*([A-Za-z_]\w*)\s*[,)\n]/.exec(code)?.[1];
  if (name === undefined) return undefined;
  const changes = code.match(new RegExp(`^\\s*${name}\\s*(\\+?=|\\.\\w+\\()`, "gm")) ?? [];
  return changes.length === 1 ? listAt(`^${name}`, code) : undefined;
}

/** `"dev": ["pytest", "moto[s3]"], …`; null where a value is no list of texts. */
function tableIn(body: string): Record<string, string[]> | null {
  const entry = /\s*["']([\w.-]+)["']\s*:\s*[[(]((?:\s*["'][^"']*["']\s*,?)*)\s*[\])]\s*,?/gy;
  const found: Record<string, string[]> = {};
  let end = 0;
  for (const match of body.matchAll(entry)) {
    found[match[1] ?? ""] = quotedIn(match[2] ?? "");
    end = match.index + match[0].length;
  }
  return body.slice(end).trim() === "" ? found : null;
}

const quotedIn = (text: string): string[] =>
  [...text.matchAll(/#.*|"([^"]*)"|'([^']*)'/g)].flatMap(([, one, other]) => one ?? other ?? []);

/** Requirements of a file and of those that it includes; options and comments are none. */
export function requirementsIn(path: string, text: (path: string) => string | null): string[] {
  const seen = new Set<string>();
  const read = (file: string): string[] => {
    if (seen.has(file)) return [];
    seen.add(file);
    return (text(file) ?? "").split(/\r?\n/).flatMap((line) => {
      const other = /^\s*(?:-r|--requirement)[\s=]*(\S+)/.exec(line)?.[1];
      if (other !== undefined) return read(posix.join(posix.dirname(file), other));
      return /^\s*[A-Za-z0-9]/.test(line) ? [line.trim()] : [];
    });
  };
  return read(path);
}

/** The plain name of a requirement's package: "Moto[s3]>=5" → "moto". */
export const nameOf = (requirement: string): string =>
  (/^[A-Za-z0-9][\w.-]*/.exec(requirement.trim())?.[0] ?? "").toLowerCase().replaceAll(/[_.]+/g, "-");
