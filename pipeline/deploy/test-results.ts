/** How many of how many tests passed; `version` is the one that was tested, where the file says so. */
export type TestResults = { passed: number; total: number; version: string | null };

/**
 * Reads JUnit XML (skipped tests do not count) or JSON with `passed` and `total`, and perhaps `version`. Null
 * where the text is neither, or tells of no test at all.
 */
export function testResults(text: string): TestResults | null {
  const found = text.trimStart().startsWith("<") ? fromJunit(text) : fromJson(text);
  const sound = found !== null && found.total > 0 && found.passed >= 0 && found.passed <= found.total;
  return sound ? found : null;
}

function fromJunit(xml: string): TestResults | null {
  // A file that was cut off has no end of its root element.
  if (!/<\/testsuites?\s*>\s*$|<testsuites?\b[^>]*\/>\s*$/.test(xml)) return null;
  const text = xml.replace(/<!--[\s\S]*?-->|<!\[CDATA\[[\s\S]*?\]\]>/g, "");
  let total = 0;
  let bad = 0;
  for (const [, attributes = "", body] of text.matchAll(testcase)) {
    const isEmpty = attributes.trimEnd().endsWith("/");
    if (!isEmpty && body === undefined) return null;
    if (!isEmpty && /<skipped\b/.test(body ?? "")) continue;
    total += 1;
    if (!isEmpty && /<(failure|error)\b/.test(body ?? "")) bad += 1;
  }
  // A suite whose set-up failed may tell of errors that belong to no test.
  const declared = [...text.matchAll(/<testsuites?\b([^>]*)>/g)].map(
    ([, attributes = ""]) => counted(attributes, "failures") + counted(attributes, "errors"),
  );
  return { total, passed: Math.max(0, total - Math.max(bad, ...declared)), version: null };
}

const counted = (attributes: string, name: string): number =>
  Number(new RegExp(`\\b${name}\\s*=\\s*["'](\\d+)["']`).exec(attributes)?.[1] ?? 0);

/** One test: `<testcase …/>`, or with what is inside it. */
const testcase = /<testcase\b((?:[^>"']|"[^"]*"|'[^']*')*)>(?:(?<!\/>)([\s\S]*?)<\/testcase\s*>)?/g;

function fromJson(text: string): TestResults | null {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return null;
  }
  if (json === null || typeof json !== "object" || !("passed" in json) || !("total" in json)) return null;
  const { passed, total } = json;
  if (!Number.isInteger(passed) || !Number.isInteger(total)) return null;
  const version = "version" in json && typeof json.version === "string" ? json.version : null;
  return { passed: Number(passed), total: Number(total), version };
}
