import { expect, test } from "vitest";
import { filesIn, readAnswer } from "../../../pipeline/targets/systemd/answer.ts";

test.each([
  [
    "an answer that ends with .ok is one",
    { out: ["token 3", ".ok"], err: [], exitCode: 0 },
    { kind: "ok", lines: ["token 3"] },
  ],
  [
    "a refusal says what, and in words",
    { out: ['held actor "ada"', ".no held"], err: [], exitCode: 0 },
    { kind: "no", what: "held", words: "", lines: ['held actor "ada"'] },
  ],
  [
    "one that is cut off is not known to be done or not",
    { out: ["started green"], err: ["Connection to web-1 closed by remote host."], exitCode: 255 },
    { kind: "unknown", reason: "the connection was cut: Connection to web-1 closed by remote host." },
  ],
  [
    "a shell that stumbled is not taken for an answer, whatever it exited with",
    { out: ["half"], err: ["quotes: line 3: oops"], exitCode: 0 },
    { kind: "unknown", reason: "quotes: line 3: oops" },
  ],
  [
    "nothing at all is no answer",
    { out: [], err: [], exitCode: null },
    { kind: "unknown", reason: "it ended with a signal" },
  ],
])("%s", (_name, said, expected) => {
  expect(readAnswer(said)).toEqual(expected);
});

test("files of an answer come apart again, empty ones, too", () => {
  const lines = ["file a", `:${Buffer.from("one").toString("base64")}`, "file b", "at 3"];
  expect(filesIn(lines).map(({ name, bytes }) => [name, bytes.toString()])).toEqual([
    ["a", "one"],
    ["b", ""],
  ]);
});
