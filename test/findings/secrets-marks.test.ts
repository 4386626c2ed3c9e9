import { expect, test } from "vitest";
import { scanCommits } from "../../pipeline/findings/secrets/commits.ts";
import type { Patched } from "../../pipeline/findings/secrets/patch.ts";
import { foundIn, made, ours, scanOf } from "../support/made-secrets.ts";

const secret = made(40, 31);
const marksOf = async (text: string): Promise<string[]> =>
  (await scanOf({ "a.py": text })).findings.map(({ fingerprint }) => fingerprint);

test("another value in the same place is another finding, and the same one stays what it is", async () => {
  const [first] = await marksOf(`API_SECRET = "${secret}"\n`);
  expect(await marksOf(`\n\nAPI_SECRET = "${secret}"\n`)).toEqual([first]);
  expect(await marksOf(`API_SECRET = "${made(40, 32)}"\n`)).not.toEqual([first]);
  const both = await marksOf(`OTHER_SECRET = "${made(40, 32)}"\nAPI_SECRET = "${secret}"\n`);
  expect(both).toHaveLength(2);
  expect(both[1]).toBe(first);
});

test("one value at two places has two fingerprints", async () => {
  const line = `API_SECRET = "${secret}"\n`;
  expect(new Set(await marksOf(line + line)).size).toBe(2);
});

test("of a password that could be guessed, many others have the fingerprint, too", async () => {
  const url = (password: string): string => `u = "amqp://ada:${password}@mq.corp.com/x"\n`;
  const all = await Promise.all(Array.from({ length: 9_000 }, (_, at) => marksOf(url(`Pw${made(8, at)}`))));
  const different = new Set(all.flat()).size;
  expect(different).toBeGreaterThan(2_000);
  expect(different).toBeLessThanOrEqual(4_096);
});

const patch = (commit: string, value = secret): Patched => ({
  commit: commit.repeat(40),
  path: "a.py",
  lines: [{ text: `API_SECRET = "${value}"`, number: 3, added: true }],
});

test("a secret of a commit has the fingerprint that it has in the file, also when the commit is written anew", async () => {
  const [inFile] = await marksOf(`API_SECRET = "${secret}"\n`);
  for (const commit of ["a", "b"]) {
    const { findings } = await scanCommits([patch(commit)], ours);
    expect(findings.map(({ fingerprint }) => fingerprint)).toEqual([inFile]);
  }
});

test("a secret that two commits add to one file is told once, at the first", async () => {
  const { findings } = await scanCommits([patch("a"), patch("b"), patch("c", made(40, 33))], ours);
  expect(findings.map(({ message }) => message.slice(-12))).toEqual(["a".repeat(12), "c".repeat(12)]);
});

const stripe = `sk_live_${made(24, 5)}`;

test.each([
  "# secretlint-disable-line",
  "# pragma: allowlist secret",
  "# gitleaks:allow",
  "# trufflehog:ignore",
])("%s silences nothing: it says no reason", async (comment) => {
  expect(await foundIn("a.py", `API_SECRET = "${secret}"  ${comment}\n`)).toHaveLength(1);
});

test("secretlint's comments silence its own rules neither", async () => {
  const token = `xoxb-${made(12, 1, "0123456789")}-${made(12, 2, "0123456789")}-${made(24, 3)}`;
  const aws = `AKIA${made(16, 4, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")}`;
  const key = `sk-ant-api03-${made(93, 6)}AA`;
  const text = [`a = "${token}"`, `b = "${aws}"`, `c = "${key}"`].join("\n");
  const plain = await foundIn("a.py", `\n${text}\n`);
  expect(plain.map(([line]) => line)).toEqual([2, 3, 4]);
  expect(await foundIn("a.py", `# secretlint-disable\n${text}\n`)).toEqual(plain);
});

test("our own mark counts with a reason behind it; without one the finding says so", async () => {
  const mark = "bellwether:allow-secret";
  for (const reason of [" of the documentation", ": the vendor's own test key", " — Beispiel"])
    expect(await foundIn("a.py", `k = "${stripe}"  # ${mark}${reason}\n`)).toEqual([]);
  expect(await foundIn("a.html", `<p>${stripe}</p> <!-- ${mark} of the manual -->\n`)).toEqual([]);
  for (const line of [`k = "${stripe}"  # ${mark}`, `/* ${mark} */ k = "${stripe}"`]) {
    const { findings } = await scanOf({ "a.py": `${line}\n` });
    expect(findings).toMatchObject([{ message: expect.stringContaining(`(${mark} says no reason)`) }]);
  }
});
