import { isPlaceholder, isWords, looksRandom } from "./entropy.ts";
import { brokerOf, isSecretName, telling } from "./names.ts";
import type { Manner, Spot } from "./spot.ts";

/** Longest name, and longest part of its line before it, in characters. Each step is bounded: all stays linear. */
const longest = { name: 60, before: 120 };

const space = /\s{0,40}/y;
const blanks = /[ \t]{0,40}/y;

/** Behind a name: the end of its quotes (escaped ones, too: notebooks are JSON) and of its index. */
const closing = /(?:\\?["'`])?\]?/y;
/** The value as a neighbour: of a container's variable, of a tag's attribute. */
const neighbour = /[\s,]{1,40}\\?["']?value\\?["']?[ \t]?[:=]/iy;
/** An assignment, with the type that TypeScript, Python, Rust and Go write before it. */
const operator = /:\s{0,8}[&\w][\w'.:<>[\]|&? ]{0,48}=(?!=)|string\s?=|:=|=>|,|[:=](?!=)/y;
const wrapper = /(?:SecretStr|Secret|SecretString|Some|String::from|bytes|str)?\(/y;
const quotedValue = /[rbuf]{0,2}(\\?["'`])((?:(?!\1)(?:[^\n\\]|\\.)){8,400})\1/y;
const bareValue = /([^\s"'`#]\S{7,400})(?=\s|$)/y;
const plainOperator = /[:=](?![:=])/y;
const tagValue = />([^\s<>]{8,400})<\//y;

/** What may be before a name at the beginning of a line, where values stand without quotes. */
const lineStart =
  /^[\s#;>-]*["']?(?:(?:export|set|setx|readonly|declare|local|ENV|ARG)[ \t]+(?:-\w+[ \t]+)?)?(?:[\w.-]+=\S*[ \t]+)*["']?$/;
/** What says, before a name in any file, that a value without quotes comes. */
const spoken =
  /(?:^|[\s"'`(;&|>!%])(?:(?:export|setx?|ENV|ARG|-e|--env|--build-arg)[ \t]+|Environment=)\\?["']?$|\$env:$/;
const spaced = /(?:^|[\s"'`])(?:ENV|setx)[ \t]+$/;

type Candidate = { name: string; value: string; at: number };

/** Values that are given to a name that tells of a secret. */
export function assignmentsIn(text: string, { unquoted, login }: Manner): Spot[] {
  const spots: Spot[] = [];
  const words = new RegExp(telling);
  for (let word = words.exec(text); word !== null; word = words.exec(text)) {
    const [after = ""] = /^[\w$.-]*/.exec(text.slice(word.index, word.index + longest.name)) ?? [];
    words.lastIndex = word.index + after.length;
    if (after.length === longest.name || !isSecretName(after.slice(after.lastIndexOf(".") + 1))) continue;
    const [before = ""] =
      /[\w$.-]*$/.exec(text.slice(Math.max(0, word.index - longest.name), word.index)) ?? [];
    const last = (before + after).split(".").at(-1) ?? "";
    const start = word.index - before.length;
    const end = words.lastIndex;
    const found =
      quotedAt(text, end) ?? tagged(text, start, end) ?? bareAt(text, start, end, { unquoted, login });
    const spot = found && spotOf({ ...found, name: before + after }, last, login);
    if (spot) spots.push(spot);
  }
  return spots;
}

type Value = Omit<Candidate, "name">;

/** The end of what a pattern matches at a place, or null. */
function past(pattern: RegExp, text: string, at: number): number | null {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : null;
}

/** The value that stands behind a name and whatever comes between them, in quotes. */
function quotedAt(text: string, end: number): Value | null {
  const closed = past(closing, text, end) ?? end;
  const joint = past(neighbour, text, closed) ?? past(operator, text, past(space, text, closed) ?? closed);
  if (joint === null) return null;
  const opened = past(space, text, joint) ?? joint;
  const inside = past(wrapper, text, opened) ?? opened;
  quotedValue.lastIndex = past(space, text, inside) ?? inside;
  const [, quote = "", value] = quotedValue.exec(text) ?? [];
  return value === undefined ? null : { value, at: quotedValue.lastIndex - quote.length - value.length };
}

function tagged(text: string, start: number, end: number): Value | null {
  if (!/[<:]/.test(text[start - 1] ?? "")) return null;
  tagValue.lastIndex = end;
  const [whole = "", value] = tagValue.exec(text) ?? [];
  return value === undefined ? null : { value, at: tagValue.lastIndex - whole.length + 1 };
}

/** The value without quotes: where the file, or the words before the name, say that there is one. */
function bareAt(
  text: string,
  start: number,
  end: number,
  { unquoted, login }: Pick<Manner, "unquoted" | "login">,
): Value | null {
  const closed = past(closing, text, end) ?? end;
  const value = past(neighbour, text, closed);
  if (value !== null) return unquoted ? bareValueAt(text, past(blanks, text, value) ?? value) : null;
  const from = Math.max(0, start - longest.before);
  const before = text.slice(from, start);
  // A line that begins too far away is as good as none.
  const line = before.includes("\n")
    ? before.slice(before.lastIndexOf("\n") + 1)
    : from > 0
      ? `\0${before}`
      : before;
  const option = text.startsWith("--", start);
  const apart = option || login || spaced.test(line);
  if (!apart && !spoken.test(line) && !(unquoted && lineStart.test(line))) return null;
  const next = past(blanks, text, closed) ?? closed;
  const joint = past(plainOperator, text, next) ?? (apart && next > closed ? next : null);
  return joint === null ? null : bareValueAt(text, past(blanks, text, joint) ?? joint);
}

function bareValueAt(text: string, at: number): Value | null {
  bareValue.lastIndex = at;
  const [, value] = bareValue.exec(text) ?? [];
  // What ends the command, the list or the quotes around the whole is no part of it.
  return value === undefined ? null : { value: value.replace(/(?:\\n)?\\?[;,"'`\\)]{0,4}$/, ""), at };
}

function spotOf({ name, value, at }: Candidate, last: string, login: boolean): Spot | null {
  if (isPlaceholder(value)) return null;
  const broker = brokerOf(name);
  const strong = broker
    ? value.length >= 12 && /\d/.test(value) && !/[\s(]/.test(value) && !isWords(value)
    : login || looksRandom(value);
  if (!strong) return null;
  const end = at + value.length;
  return broker
    ? { rule: `${broker}-credential`, kind: `a credential of ${broker}`, start: at, end }
    : { rule: "assigned-secret", kind: `a value that looks like a secret, in ${last}`, start: at, end };
}

const authorization =
  /\bAuthorization[\\"'\]]{0,3}\s{0,4}[:=,]\s{0,4}[bf]?\\?["'`]?(?:Bearer|Basic|Token) {1,4}([\w.~+/=-]{16,600})/gi;

/** Tokens in a header that logs in. */
export const headersIn = (text: string): Spot[] =>
  [...text.matchAll(authorization)].flatMap(({ 0: whole, 1: value = "", index }) => {
    if (isPlaceholder(value) || !looksRandom(value)) return [];
    const end = index + whole.length;
    const kind = "a token in an Authorization header";
    return [{ rule: "authorization", kind, start: end - value.length, end }];
  });
