import { expect, test } from "vitest";
import {
  type EnvironmentFile,
  environmentProblems,
  isPlaceholder,
} from "../../pipeline/config/environment-rules.ts";
import { isSecret } from "../../pipeline/config/secret-names.ts";

const file = (text: string | null, more: Partial<EnvironmentFile> = {}): EnvironmentFile => ({
  environment: "production",
  file: ".env.production",
  text,
  mode: 0o600,
  tracked: false,
  ...more,
});

const linesOf = (files: EnvironmentFile[], least: Record<string, number> = {}) =>
  environmentProblems(files, least).map(
    (one) => `${one.file}:${one.line} ${one.path}: got ${one.got}, expected ${one.expected}`,
  );

test("a sound file has no problem", () => {
  const text = 'HOST=db\nEMPTY=""\nAPI_KEY=a-long-enough-one\nTOKEN_TTL=60\nGREETING="todo list"\n';
  expect(linesOf([file(text.replace("todo list", "your list"))])).toEqual([]);
});

test.each<[name: string, files: EnvironmentFile[], lines: string[]]>([
  [
    "a missing file",
    [file(null)],
    [".env.production:0 : got no file, expected the environment file of production"],
  ],
  [
    "an empty file",
    [file("# nothing\n\n")],
    [".env.production:0 : got an empty file, expected NAME=VALUE lines"],
  ],
  [
    "an empty value",
    [file("HOST=\n")],
    ['.env.production:1 HOST: got nothing, expected a value, or "" where none is meant'],
  ],
  [
    "an empty secret, quoted or not",
    [file('TOKEN=""\n')],
    [".env.production:1 TOKEN: got nothing, expected a value"],
  ],
  [
    "a blank value",
    [file('HOST="  "\n')],
    ['.env.production:1 HOST: got nothing, expected a value, or "" where none is meant'],
  ],
  [
    "a placeholder",
    [file("HOST=changeme\n")],
    [".env.production:1 HOST: got a placeholder, expected a real value"],
  ],
  [
    "a secret that is too short",
    [file("DB_PASSWORD=hunter2\n")],
    [".env.production:1 DB_PASSWORD: got 7 characters, expected a secret of at least 8 characters"],
  ],
  [
    "a broken line",
    [file("what\n")],
    [".env.production:1 : got a line without =, expected NAME=VALUE, with a name of letters, digits and _"],
  ],
  [
    "a secret that others can read",
    [file("API_KEY=0123456789\n", { mode: 0o644 })],
    [".env.production:0 : got secrets in a file of mode 644, expected a file that only its owner can read"],
  ],
  [
    "a password in a URL that others can read",
    [file("DATABASE_URL=postgres://me:hunter2@db/x\n", { mode: 0o640 })],
    [".env.production:0 : got secrets in a file of mode 640, expected a file that only its owner can read"],
  ],
  ["a file without secrets that others can read", [file("HOST=db\n", { mode: 0o644 })], []],
  ["a tracked file that others can read", [file("API_KEY=0123456789\n", { mode: 0o644, tracked: true })], []],
  [
    "a secret that two environments share",
    [
      file("API_KEY=0123456789\n", { environment: "staging", file: ".env.staging" }),
      file("HOST=a\nOTHER_KEY=0123456789\n"),
    ],
    [
      ".env.production:2 OTHER_KEY: got the same secret as in .env.staging (staging), expected a secret of its own",
    ],
  ],
  [
    "a plain value that two environments share",
    [file("HOST=0123456789\n", { environment: "a", file: "a" }), file("HOST=0123456789\n")],
    [],
  ],
  [
    "one file for two environments",
    [file("API_KEY=0123456789\n", { environment: "staging" }), file("API_KEY=0123456789\n")],
    [],
  ],
])("%s is told exactly", (_name, files, lines) => {
  expect(linesOf(files)).toEqual(lines);
});

test("the config's own least length counts, for any name", () => {
  expect(linesOf([file("JWT=0123456789\n")], { JWT: 32 })).toEqual([
    ".env.production:1 JWT: got 10 characters, expected a secret of at least 32 characters",
  ]);
});

test("B50: no problem repeats a value", () => {
  const secret = "hunter2-and-more";
  const text = `A_KEY=${secret}\nB_KEY=${secret}\n${secret}\nC="${secret}\n`;
  const problems = environmentProblems(
    [file(text, { environment: "a", file: "a", mode: 0o644 }), file(text)],
    { A_KEY: 99 },
  );
  expect(problems.length).toBeGreaterThan(3);
  expect(JSON.stringify(problems)).not.toContain("hunter2");
});

test.each([
  "changeme",
  "CHANGE_ME",
  "change-me-please",
  "ChangeThis",
  "your_api_key_here",
  "YOUR-TOKEN-HERE",
  "<token>",
  "<your token>",
  "xxx",
  "XXXXXXXX",
  "***",
  "...",
  "todo",
  "TODO: ask Ada",
  "tbd",
  "fixme",
  "placeholder",
  "replace_me",
  "postgres://me:<password>@db/x",
])("%j is a placeholder", (value) => {
  expect(isPlaceholder(value)).toBe(true);
});

test.each([
  "your-company.example",
  "exchange-rates",
  "xx",
  "method",
  "a<b",
  "replaced",
  "changes",
  "sk_live_xxx1",
])("%j is a value", (value) => {
  expect(isPlaceholder(value)).toBe(false);
});

test.each<[name: string, value: string, secret: boolean]>([
  ["API_KEY", "x", true],
  ["JWT_SECRET", "x", true],
  ["GITHUB_TOKEN", "x", true],
  ["PASSWORD", "x", true],
  ["SECRET_KEY_BASE", "x", true],
  ["DATABASE_URL", "postgres://me:pw@db/x", true],
  ["DATABASE_URL", "postgres://db/x", false],
  ["KEYBOARD", "x", false],
  ["TOKEN_TTL", "60", false],
  ["JWT_SECRET_FILE", "/run/secrets/jwt", false],
  ["PUBLIC_KEY", "x", false],
  ["HOST", "x", false],
])("%s=%s is a secret: %s", (name, value, secret) => {
  expect(isSecret(name, value)).toBe(secret);
});
