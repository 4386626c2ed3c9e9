import { expect, test } from "vitest";
import { table } from "../../pipeline/report/table.ts";
import { flow } from "../../pipeline/report/text.ts";

test.each<[string, string, number, string[]]>([
  ["that fits stays as it is", "  one  two", 10, ["  one  two"]],
  [
    "is broken between words, and goes on further in",
    "  next: one two three",
    14,
    ["  next: one", "    two three"],
  ],
  ["keeps the bar of a detail", "  | one two three", 12, ["  | one two", "  |   three"]],
  [
    "never breaks a command, which people copy",
    "Close it: `bellwether follow-up ENV --close done`. It is quick.",
    40,
    ["Close it:", "  `bellwether follow-up ENV --close done`.", "  It is quick."],
  ],
  ["keeps a number and its unit together", "p95 is 450 ms, 12 %", 10, ["p95 is", "  450 ms,", "  12 %"]],
  ["leaves a word that is too long alone", "sha256:0123456789 is it", 8, ["sha256:0123456789", "  is it"]],
  ["counts columns, not characters", "日本 日本 日本", 10, ["日本 日本", "  日本"]],
  ["with one back-tick is text like any other", "it`s a long way", 8, ["it`s a", "  long", "  way"]],
])("a line %s", (_, text, columns, lines) => expect(flow(text, columns)).toEqual(lines));

test("the last column of a table goes on below itself where the terminal is too narrow", () => {
  const rows = [
    ["a", "one", "the reason is this one"],
    ["bb", "two", "short"],
  ];
  expect(table(rows, 28)).toEqual(["a   one  the reason is this", "         one", "bb  two  short"]);
  expect(table(rows)).toEqual(["a   one  the reason is this one", "bb  two  short"]);
});
