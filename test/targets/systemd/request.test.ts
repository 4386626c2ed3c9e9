import { spawn } from "node:child_process";
import { chmod, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, expect, test } from "vitest";
import { routersOnHost } from "../../../pipeline/routers/on-host.ts";
import { partText } from "../../../pipeline/targets/systemd/provision.ts";
import { isEnd, isLong, requestOf } from "../../../pipeline/targets/systemd/request.ts";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "bw-part-"));
  const part = partText({
    app: "trade",
    directory,
    user: "deploy",
    login: "deploy",
    port: null,
    ports: [20_000, 20_100],
    technology: routersOnHost.haproxy,
  });
  await writeFile(join(directory, "part"), part);
  await chmod(join(directory, "part"), 0o755);
});
afterEach(() => rm(directory, { recursive: true, force: true }));

/** All that the host's part says to these bytes, where it stays. */
async function serve(asked: string): Promise<string[]> {
  const child = spawn(join(directory, "part"), ["serve"], { stdio: ["pipe", "pipe", "inherit"] });
  child.stdin.end(asked);
  return (await text(child.stdout)).trimEnd().split("\n");
}
const given = (words: string[], input?: string) =>
  requestOf(words, input === undefined ? {} : { input }) ?? "";

test("a question is how many words and bytes, the words, and the bytes", () => {
  expect(given(["append", "3"], "one\ntwö\n")).toBe("2 9\nappend\n3\none\ntwö\n");
});

test.each([
  ["a file", ["blob"], { file: "/tmp/x" }],
  ["lines that are wanted as they come", ["logs"], { line: () => {} }],
  ["more than 64 KiB", ["place"], { input: "x".repeat(65_537) }],
  ["a word with a line break", ["move", "a\nb"], {}],
  ["an empty word", ["move", ""], {}],
])("%s is a call of its own", (_name, words, options) => {
  expect(requestOf(words, options)).toBe(null);
});

test("a command that waits for something is told from one that is answered at once", () => {
  expect(isLong(["start", 3])).toBe(true);
  expect(isLong(["observe", "none"])).toBe(false);
});

test("the host's part does one command after another, each with its own input and its own end", async () => {
  const long = `blob ${"a".repeat(64)}\n`.repeat(500);
  const said = await serve(
    [
      given(["move", "web-1"]),
      given(["nonsense"]),
      given(["prepare", "one"], "blob f00\nblob `id`\n"),
      given(["prepare", "one"], long),
      given(["releases"], "which it does not read\n"),
      given(["move", "web-2"]),
    ].join(""),
  );
  const answers: string[][] = [[]];
  for (const line of said)
    if (isEnd(line)) answers.push([]);
    else answers.at(-1)?.push(line);
  expect(answers.map((lines) => lines.filter((line) => !line.startsWith("salt ")))).toEqual([
    [".ok"],
    [expect.stringMatching(/^\.no bad nonsense is no command here/)],
    ["missing f00", ".no bad `id` cannot be a name here"],
    [...Array.from({ length: 500 }, () => `missing ${"a".repeat(64)}`), ".ok"],
    [".ok"],
    [".ok"],
    [],
  ]);
});

test.each([
  ["in its words", (whole: string) => whole.slice(0, 12)],
  ["in its bytes", (whole: string) => whole.slice(0, -3)],
])("a question that is cut off %s was not asked", async (_name, cut) => {
  expect(await serve(cut(given(["prepare", "one"], "blob f00\n")))).toEqual([""]);
  expect(await readdir(directory)).toEqual(["part"]);
});
