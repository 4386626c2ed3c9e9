import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { probeArgs, stepArgs } from "../../../pipeline/executors/dagger/commands.ts";

/** Runs the arguments for real, as a container would. */
function exec([program = "", ...args]: string[]) {
  const { status, stdout } = spawnSync(program, args, { encoding: "utf8", timeout: 20_000 });
  return { status, stdout };
}

test("a command that is a string runs by sh -c, a list as it is", () => {
  expect(exec(stepArgs(['echo "$((1 + 1))" $1'], 60_000))).toEqual({ status: 0, stdout: "2\n" });
  const list = ["printf", "%s|", "a b", "$HOME", "it's", ""];
  expect(exec(stepArgs([list], 60_000))).toEqual({ status: 0, stdout: "a b|$HOME|it's||" });
});

test("several commands run in order, words kept as they are, until the first that fails", () => {
  const commands = ["echo one; cd /", ["printf", "%s\n", "it's $HOME", ""], "exit 7", "echo never"];
  expect(exec(stepArgs(commands, 60_000))).toEqual({ status: 7, stdout: "one\nit's $HOME\n\n" });
});

test("a step without commands passes", () => {
  expect(exec(stepArgs([], 60_000)).status).toBe(0);
});

test("B48: a step that does not end by itself ends with 124 at its time limit", () => {
  expect(exec(stepArgs(["echo started; sleep 60"], 1000))).toEqual({ status: 124, stdout: "started\n" });
});

test("a command that is killed before its limit keeps its exit code", () => {
  expect(exec(stepArgs(["kill -KILL $$"], 60_000)).status).toBe(137);
});

test("the limit is in whole seconds and never zero", () => {
  expect(stepArgs([["true"]], 1).slice(3)).toEqual(["step", "1", "true"]);
  expect(stepArgs([["true"]], 90_001).slice(3)).toEqual(["step", "91", "true"]);
});

test("a probe tells a missing program by exit code 127", () => {
  expect(exec(probeArgs(["no-such-program-here", "--version"])).status).toBe(127);
  expect(exec(probeArgs(["sh", "-c", "echo v1 >&2"]))).toEqual({ status: 0, stdout: "v1\n" });
});
