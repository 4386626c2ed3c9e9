import { expect, test } from "vitest";
import { parseEnvironmentFile } from "../../pipeline/config/environment-file.ts";

const valuesIn = (text: string) =>
  Object.fromEntries(parseEnvironmentFile(text).entries.map(({ name, value }) => [name, value]));

test.each<[name: string, text: string, values: Record<string, string>]>([
  ["plain values", "A=1\nB=two words \n", { A: "1", B: "two words" }],
  ["blanks around the sign", "  A = 1\n\tB= 2\n", { A: "1", B: "2" }],
  ["export", "export A=1\n", { A: "1" }],
  ["comments", "# one\n\n  # two\nA=1 # three\nB=#nothing\nC=a#b\n", { A: "1", B: "", C: "a#b" }],
  [
    "double quotes",
    'A="a # b" # c\nB="x\\ny\\t\\"z\\" \\\\ \\$ \\q"\n',
    { A: "a # b", B: 'x\ny\t"z" \\ $ \\q' },
  ],
  ["single quotes", "A='a \\n $B'\n", { A: "a \\n $B" }],
  [
    "values over several lines",
    "A=\"one\ntwo\n\"\nB='x\n\ny'\nC=3\n",
    { A: "one\ntwo\n", B: "x\n\ny", C: "3" },
  ],
  ["other line ends and a byte order mark", "\uFEFFA=1\r\nB=2\r\n", { A: "1", B: "2" }],
  ["signs in values", "A=b=c\nURL=https://x/?a=1&b=2#c\n", { A: "b=c", URL: "https://x/?a=1&b=2#c" }],
  ["nothing", "", {}],
])("%s are read", (_name, text, values) => {
  expect(valuesIn(text)).toEqual(values);
});

test("an entry knows its line and whether it was quoted", () => {
  expect(parseEnvironmentFile('A="x\ny"\n  export B=\n').entries).toEqual([
    { name: "A", value: "x\ny", line: 1, column: 1, quoted: true },
    { name: "B", value: "", line: 3, column: 10, quoted: false },
  ]);
});

test.each<[text: string, mistake: object]>([
  ["A=1\njust text hunter2\n", { line: 2, column: 1, path: "", got: "a line without =" }],
  ["1A=hunter2\n", { line: 1, path: "", got: "a name that is no variable's name" }],
  ['A="hunter2\nB=1\n', { line: 1, path: "A", got: 'a " that is not closed' }],
  ["A='x' hunter2\n", { line: 1, path: "A", got: "text after the closing quote" }],
  ["A=1\nB=2\nA=hunter2\n", { line: 3, path: "A", got: "A, which stands in line 1 already" }],
])("%j is a mistake with its line, and the text is not repeated", (text, mistake) => {
  const { mistakes } = parseEnvironmentFile(text);
  expect(mistakes).toHaveLength(1);
  expect(mistakes[0]).toMatchObject(mistake);
  expect(JSON.stringify(mistakes)).not.toContain("hunter2");
});
