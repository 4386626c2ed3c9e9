/** What an expression can see: contexts by name, and the outcome of what came before. */
export type Scope = {
  contexts: Record<string, unknown>;
  status: "success" | "failure" | "cancelled";
};

type Token = { kind: "name" | "text" | "number" | "sign"; text: string };

const patterns: [Token["kind"], RegExp][] = [
  ["text", /^'((?:[^']|'')*)'/],
  ["number", /^(-?\d+(?:\.\d+)?)/],
  ["name", /^([A-Za-z_][\w-]*)/],
  ["sign", /^(\|\||&&|==|!=|[!().,[\]*])/],
];

function tokens(source: string): Token[] {
  const found: Token[] = [];
  for (let rest = source.trim(); rest !== ""; rest = rest.trimStart()) {
    const match = patterns
      .map(([kind, pattern]) => ({ kind, hit: pattern.exec(rest) }))
      .find(({ hit }) => hit);
    if (!match?.hit) throw new Error(`the expression ${source} is not understood at ${rest}`);
    found.push({ kind: match.kind, text: match.hit[1] ?? "" });
    rest = rest.slice(match.hit[0].length);
  }
  return found;
}

/** Evaluates an expression of GitHub Actions; what is used here and not known is an error, never empty. */
export function evaluate(source: string, scope: Scope): unknown {
  const all = tokens(source);
  let at = 0;
  const peek = (): string | null => (all[at]?.kind === "sign" ? (all[at]?.text ?? null) : null);
  const take = (sign: string): void => {
    if (peek() !== sign) throw new Error(`${source}: expected ${sign}`);
    at += 1;
  };
  const either = (): unknown => {
    let value = both();
    while (peek() === "||") {
      at += 1;
      const other = both();
      value = truthy(value) ? value : other;
    }
    return value;
  };
  const both = (): unknown => {
    let value = equal();
    while (peek() === "&&") {
      at += 1;
      const other = equal();
      value = truthy(value) ? other : value;
    }
    return value;
  };
  const equal = (): unknown => {
    const value = unary();
    const sign = peek();
    if (sign !== "==" && sign !== "!=") return value;
    at += 1;
    return (loose(value) === loose(unary())) === (sign === "==");
  };
  const unary = (): unknown => {
    if (peek() !== "!") return primary();
    at += 1;
    return !truthy(unary());
  };
  const primary = (): unknown => {
    const token = all[at];
    at += 1;
    if (token === undefined) throw new Error(`${source} ends too early`);
    if (token.kind === "text") return token.text.replaceAll("''", "'");
    if (token.kind === "number") return Number(token.text);
    if (token.kind === "sign") {
      if (token.text !== "(") throw new Error(`${source}: ${token.text} is not expected`);
      const value = either();
      take(")");
      return value;
    }
    return indexed(peek() === "(" ? called(token.text) : reached(token.text));
  };
  const indexed = (value: unknown): unknown => {
    if (peek() !== "[") return value;
    at += 1;
    const key = textOf(either());
    take("]");
    return indexed(
      typeof value === "object" && value !== null ? (value as Record<string, unknown>)[key] : null,
    );
  };
  const called = (name: string): unknown => {
    take("(");
    const given: unknown[] = [];
    while (peek() !== ")") {
      given.push(either());
      if (peek() === ",") at += 1;
    }
    take(")");
    return call(name, given, scope);
  };
  const reached = (name: string): unknown => {
    if (["true", "false", "null"].includes(name)) return JSON.parse(name);
    if (!(name in scope.contexts)) throw new Error(`${source}: there is no context ${name}`);
    let value = scope.contexts[name];
    while (peek() === ".") {
      at += 1;
      const key = all[at]?.text ?? "";
      at += 1;
      value = typeof value === "object" && value !== null ? (value as Record<string, unknown>)[key] : null;
    }
    return value ?? null;
  };
  const value = either();
  if (at < all.length) throw new Error(`${source} goes on after its end`);
  return value;
}

function call(name: string, given: unknown[], { status }: Scope): unknown {
  switch (name) {
    case "always":
      return true;
    case "success":
    case "failure":
    case "cancelled":
      return status === name;
    case "startsWith":
      return textOf(given[0]).toLowerCase().startsWith(textOf(given[1]).toLowerCase());
    case "contains":
      return Array.isArray(given[0])
        ? given[0].some((each) => loose(each) === loose(given[1]))
        : textOf(given[0]).toLowerCase().includes(textOf(given[1]).toLowerCase());
    case "fromJSON":
      return JSON.parse(textOf(given[0]));
    default:
      throw new Error(`the function ${name} is not known`);
  }
}

export const truthy = (value: unknown): boolean =>
  !(value === null || value === undefined || value === false || value === "" || value === 0);

const loose = (value: unknown): unknown => (typeof value === "string" ? value.toLowerCase() : value);

export const textOf = (value: unknown): string =>
  value === null || value === undefined
    ? ""
    : typeof value === "object"
      ? JSON.stringify(value)
      : String(value);

/** Puts values in for `${{ … }}`. */
export const filled = (text: string, scope: Scope): string =>
  text.replace(/\$\{\{(.*?)\}\}/gs, (_all, source: string) => textOf(evaluate(source, scope)));

/** Whether a job or a step goes on: without a status function only after success. */
export function goesOn(condition: unknown, scope: Scope): boolean {
  if (condition === undefined) return scope.status === "success";
  const source = String(condition).replace(/^\s*\$\{\{(.*)\}\}\s*$/s, "$1");
  const asks = /\b(?:always|success|failure|cancelled)\(\)/.test(source);
  return (asks || scope.status === "success") && truthy(evaluate(source, scope));
}
